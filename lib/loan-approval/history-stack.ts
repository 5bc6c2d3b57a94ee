import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { type Column, PartitionProjectionConfiguration, Schema } from 'aws-cdk-lib/aws-glue';
import type { Construct } from 'constructs';
import { BatchIngestion } from '../ingestion/batch-ingestion.ts';
import type { FoundationStack } from './foundation-stack.ts';

export interface HistoryStackProps extends StackProps {
  readonly foundation: FoundationStack;
  /**
   * Whether the history goes with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

/** The curated table's columns: those of the source that are known when a loan is decided on, and its outcome. */
const columns: readonly Column[] = [
  { name: 'application_id', type: Schema.STRING },
  { name: 'approval_date', type: Schema.DATE },
  { name: 'state', type: Schema.STRING },
  { name: 'lender_state', type: Schema.STRING },
  { name: 'industry_code', type: Schema.STRING },
  { name: 'requested_amount', type: Schema.DOUBLE },
  { name: 'guaranteed_amount', type: Schema.DOUBLE },
  { name: 'employees', type: Schema.INTEGER },
  { name: 'defaulted', type: Schema.BOOLEAN },
];

/** The history of loans: raw files, and the table that the nightly job makes of them. */
export class HistoryStack extends Stack {
  readonly history: BatchIngestion;

  constructor(scope: Construct, id: string, props: HistoryStackProps) {
    super(scope, id, props);
    const { key, alarmTopic, accessLogs } = props.foundation;
    this.history = new BatchIngestion(this, 'BatchIngestion', {
      script: path.join(fileURLToPath(new URL('../..', import.meta.url)), 'jobs/history/history.py'),
      columns,
      partitionKeys: [{ name: 'approval_year', type: Schema.INTEGER }],
      partitionProjection: { approval_year: PartitionProjectionConfiguration.integer({ min: 1960, max: 2040 }) },
      encryptionKey: key,
      alarmTopic,
      accessLogs,
      destroyData: props.destroyData,
    });
    new CfnOutput(this, 'HistoryBucketName', { value: this.history.bucket.bucketName });
    new CfnOutput(this, 'HistoryJobName', { value: this.history.job.jobName });
  }
}
