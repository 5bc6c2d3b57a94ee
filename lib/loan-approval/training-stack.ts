import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { TrainingPipeline } from '../training/training-pipeline.ts';
import type { FoundationStack } from './foundation-stack.ts';
import type { HistoryStack } from './history-stack.ts';
import type { ServingStack } from './serving-stack.ts';

export interface TrainingStackProps extends StackProps {
  readonly foundation: FoundationStack;
  readonly serving: ServingStack;
  readonly history: HistoryStack;
  /**
   * Folder of the trainer's Dockerfile.
   * @default - `services/trainer` of this project
   */
  readonly trainerFolder?: string;
  /**
   * Cost of a bad loan accepted over the cost of a good one refused.
   * @default 5
   */
  readonly costRatio?: number;
  /**
   * Whether the journals of searches go with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

/** Trains the model of the loan approval on the loan history. */
export class TrainingStack extends Stack {
  readonly pipeline: TrainingPipeline;

  constructor(scope: Construct, id: string, props: TrainingStackProps) {
    super(scope, id, props);
    const { key, vpc, alarmTopic, auditTrail } = props.foundation;
    this.pipeline = new TrainingPipeline(this, 'TrainingPipeline', {
      image: ContainerImage.fromAsset(props.trainerFolder ?? file('services/trainer'), {
        platform: Platform.LINUX_AMD64,
        exclude: ['.venv', 'tests', 'bench', '**/__pycache__', '.pytest_cache', '.ruff_cache'],
      }),
      vpc,
      registry: props.serving.modelRegistry,
      source: props.history.history.bucket,
      sourceKey: 'raw/loans.csv',
      tablePrefix: 'curated/',
      features: file('schemas/features.json'),
      encryptionKey: key,
      alarmTopic,
      auditTrail,
      transfer: {},
      costRatio: props.costRatio,
      destroyData: props.destroyData,
    });
    new CfnOutput(this, 'JournalsTableName', { value: this.pipeline.journals.tableName });
    new CfnOutput(this, 'TrainingPipelineArn', { value: this.pipeline.stateMachine.stateMachineArn });
  }
}

function file(name: string): string {
  return path.join(fileURLToPath(new URL('../..', import.meta.url)), name);
}
