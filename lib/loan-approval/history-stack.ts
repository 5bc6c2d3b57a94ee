import { fileURLToPath } from 'node:url';
import { CfnOutput, IgnoreMode, Stack, type StackProps } from 'aws-cdk-lib';
import { Dqdl, Schema } from 'aws-cdk-lib/aws-glue';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import quality from '../../schemas/loan-quality.json' with { type: 'json' };
import loans from '../../schemas/loans.json' with { type: 'json' };
import { BatchIngestion } from '../ingestion/batch-ingestion.ts';
import { type QualityDefinition, toDqdl } from '../ingestion/quality-rules.ts';
import type { DecisionStack } from './decision-stack.ts';
import type { FoundationStack } from './foundation-stack.ts';

export interface HistoryStackProps extends StackProps {
  readonly foundation: FoundationStack;
  readonly decision: DecisionStack;
  /**
   * Whether the history goes with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What of the repository the job imports and reads, in the way of a .gitignore. */
const modules = [
  '*',
  '!/jobs',
  '!/jobs/*.py',
  '!/jobs/history',
  '!/jobs/history/*.py',
  '!/schemas',
  '!/schemas/*.json',
];

/** The history of loans: raw files, and the table that the job makes of them at night and when a file arrives. */
export class HistoryStack extends Stack {
  readonly history: BatchIngestion;

  constructor(scope: Construct, id: string, props: HistoryStackProps) {
    super(scope, id, props);
    const { key, alarmTopic, accessLogs } = props.foundation;
    const { pseudonymKey } = props.decision;
    this.history = new BatchIngestion(this, 'BatchIngestion', {
      script: `${root}/jobs/history/main.py`,
      modules: new Asset(this, 'Modules', { path: root, exclude: modules, ignoreMode: IgnoreMode.GIT }),
      arguments: { '--pseudonym-key': pseudonymKey.keyArn },
      rawColumns: loans.columns.map(({ source }) => ({ name: source.toLowerCase(), type: Schema.STRING })),
      tableName: 'loans',
      qualityRules: Dqdl.fromString(toDqdl(quality as QualityDefinition, inTable)),
      inputErrors: ['QualityError', 'SourceError'],
      encryptionKey: key,
      alarmTopic,
      accessLogs,
      destroyData: props.destroyData,
    });
    pseudonymKey.grantGenerateMac(this.history);
    new CfnOutput(this, 'HistoryBucketName', { value: this.history.bucket.bucketName });
    new CfnOutput(this, 'HistoryJobName', { value: this.history.job.jobName });
    new CfnOutput(this, 'HistoryRunsArn', { value: this.history.runs.stateMachine.stateMachineArn });
    new CfnOutput(this, 'HistoryDatabaseName', { value: this.history.database.databaseName });
    new CfnOutput(this, 'HistoryTableName', { value: this.history.tableName });
  }
}

/** A field's column in the table: the pseudonym stands for what it is made of. */
function inTable(field: string): string {
  const personal = loans.columns.find((column) => column.field === field)?.personal;
  if (typeof personal === 'object') return personal.pseudonym;
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
