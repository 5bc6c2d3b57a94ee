import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { dataRemoval } from '../common/removal.ts';
import { ModelService } from '../serving/model-service.ts';
import type { FoundationStack } from './foundation-stack.ts';

export interface ServingStackProps extends StackProps {
  readonly foundation: FoundationStack;
  /**
   * Folder of the model service's Dockerfile.
   * @default - `services/model-service` of this project
   */
  readonly imageFolder?: string;
}

/** Where the models of the loan approval are kept and served. */
export class ServingStack extends Stack {
  readonly registry: s3.Bucket;
  readonly modelService: ModelService;

  constructor(scope: Construct, id: string, props: ServingStackProps) {
    super(scope, id, props);
    const { key, vpc, alarmTopic, accessLogs } = props.foundation;
    const model = 'models/loan-default';
    this.registry = new s3.Bucket(this, 'Registry', {
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'registry/',
      removalPolicy: dataRemoval(this, true),
    });
    this.modelService = new ModelService(this, 'ModelService', {
      image: ContainerImage.fromAsset(props.imageFolder ?? folder('services/model-service'), {
        exclude: ['.venv', 'tests', '**/__pycache__', '.pytest_cache', '.ruff_cache'],
      }),
      vpc,
      registry: this.registry,
      model,
      encryptionKey: key,
      alarmTopic,
      accessLogs,
    });
    new CfnOutput(this, 'RegistryBucketName', { value: this.registry.bucketName });
    new CfnOutput(this, 'RegistryUri', { value: this.registry.s3UrlForObject(model) });
    new CfnOutput(this, 'ModelServiceUrl', { value: this.modelService.url });
  }
}

function folder(name: string): string {
  return path.join(fileURLToPath(new URL('../..', import.meta.url)), name);
}
