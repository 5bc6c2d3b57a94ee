import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { GlueClient } from '@aws-sdk/client-glue';
import type { S3Client } from '@aws-sdk/client-s3';
import { outputsOf } from '../audit/trail.ts';
import { type Lake, lakePlace } from './lake.ts';
import { archivedApplicationsOf, archivePlace, recordsPlace } from './objects.ts';
import { applicationsOf, countsOf, idOfOne, type Place, tablePlace } from './places.ts';

/** Where the deployed platform may have a person's data, by the outputs of its stacks. */
export async function erasableOutputs() {
  const [decision, ingestion, outcomes, oversight, history, foundation] = await Promise.all([
    outputsOf('SeaworthyDecision', ['DecisionsTableName', 'ApplicationsTableName', 'KeptTableName']),
    outputsOf('SeaworthyIngestion', ['FailureBucketName', 'ArchiveBucketName', 'FeaturesGivenUpBucketName']),
    outputsOf('SeaworthyOutcomes', ['OutcomesTableName', 'FeaturesTableName']),
    outputsOf('SeaworthyOversight', ['CasesTableName']),
    outputsOf('SeaworthyHistory', ['HistoryJobName', 'HistoryDatabaseName', 'HistoryTableName', 'HistoryBucketName']),
    outputsOf('SeaworthyFoundation', ['AuditQueueUrl']),
  ]);
  return { ...decision, ...ingestion, ...outcomes, ...oversight, ...history, ...foundation };
}

export type ErasableOutputs = Awaited<ReturnType<typeof erasableOutputs>>;

export interface PlaceClients {
  readonly dynamo: DynamoDBClient;
  readonly s3: S3Client;
  readonly glue: GlueClient;
}

/** Every store that may have data of a person, in the order in which they are emptied. */
export async function everyPlace(
  { dynamo, s3, glue }: PlaceClients,
  outputs: Omit<ErasableOutputs, 'AuditQueueUrl'>,
  subject: string,
): Promise<readonly Place[]> {
  const decided = await applicationsOf(dynamo, outputs.DecisionsTableName, subject);
  const archived = await archivedApplicationsOf(s3, outputs.ArchiveBucketName, subject);
  const ids = [...new Set([...decided, ...archived])];
  const isTheirs = idOfOne(ids);
  const lake: Lake = {
    glue,
    s3,
    job: outputs.HistoryJobName,
    database: outputs.HistoryDatabaseName,
    table: outputs.HistoryTableName,
    bucket: outputs.HistoryBucketName,
  };
  const table = (name: string, tableName: string, ...keys: [string, string?]) =>
    tablePlace(dynamo, { name, table: tableName, keys, isTheirs });
  return [
    recordsPlace(s3, 'failed records', outputs.FailureBucketName, ids),
    recordsPlace(s3, 'not counted', outputs.FeaturesGivenUpBucketName, ids),
    table('kept', outputs.KeptTableName, 'applicationId'),
    table('review cases', outputs.CasesTableName, 'caseId'),
    table('outcomes', outputs.OutcomesTableName, 'applicationId', 'version'),
    tablePlace(dynamo, {
      name: 'online features',
      table: outputs.FeaturesTableName,
      keys: ['entity', 'month'],
      isTheirs: countsOf(subject, ids),
    }),
    table('applications', outputs.ApplicationsTableName, 'applicationId'),
    lakePlace(lake, subject),
    // The last two are what the person's applications are found by, if all this has to be done again.
    archivePlace(s3, outputs.ArchiveBucketName, subject),
    table('decisions', outputs.DecisionsTableName, 'applicationId'),
  ];
}
