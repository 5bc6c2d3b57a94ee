import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { dataBucket } from '../common/data-bucket.ts';
import { ModelService } from '../serving/model-service.ts';
import { ModelRegistry } from '../training/model-registry.ts';
import type { FoundationStack } from './foundation-stack.ts';

export interface ServingStackProps extends StackProps {
  readonly foundation: FoundationStack;
  /**
   * Folder of the model service's Dockerfile.
   * @default - `services/model-service` of this project
   */
  readonly imageFolder?: string;
  /**
   * Whether the models go with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

const model = 'models/loan-default';

/** Where the models of the loan approval are kept and served. */
export class ServingStack extends Stack {
  readonly registry: Bucket;
  readonly modelRegistry: ModelRegistry;
  readonly modelService: ModelService;
  /** Where the registry is in its bucket: a prefix without a slash at its end. */
  readonly model = model;

  constructor(scope: Construct, id: string, props: ServingStackProps) {
    super(scope, id, props);
    const { key, vpc, alarmTopic, accessLogs } = props.foundation;
    this.registry = dataBucket(this, 'Registry', {
      encryptionKey: key,
      accessLogs,
      accessLogsPrefix: 'registry/',
      destroyData: props.destroyData,
    });
    this.modelRegistry = new ModelRegistry(this, 'ModelRegistry', {
      bucket: this.registry,
      model,
      encryptionKey: key,
      destroyData: props.destroyData,
    });
    this.modelService = new ModelService(this, 'ModelService', {
      image: ContainerImage.fromAsset(props.imageFolder ?? folder('services/model-service'), {
        platform: Platform.LINUX_AMD64,
        exclude: ['.venv', 'tests', '**/__pycache__', '.pytest_cache', '.ruff_cache'],
      }),
      vpc,
      registry: this.registry,
      model,
      signingKey: this.modelRegistry.signingKey,
      encryptionKey: key,
      alarmTopic,
      accessLogs,
    });
    new CfnOutput(this, 'RegistryBucketName', { value: this.registry.bucketName });
    new CfnOutput(this, 'RegistryUri', { value: this.modelRegistry.uri });
    new CfnOutput(this, 'StagesTableName', { value: this.modelRegistry.stages.tableName });
    new CfnOutput(this, 'SigningKeyArn', { value: this.modelRegistry.signingKey.keyArn });
    new CfnOutput(this, 'TrainersRoleArn', { value: this.modelRegistry.trainers.roleArn });
    new CfnOutput(this, 'ApproversRoleArn', { value: this.modelRegistry.approvers.roleArn });
    new CfnOutput(this, 'ModelServiceUrl', { value: this.modelService.url });
  }
}

function folder(name: string): string {
  return path.join(fileURLToPath(new URL('../..', import.meta.url)), name);
}
