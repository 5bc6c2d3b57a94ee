import { gunzipSync, gzipSync } from 'node:zlib';
import { type AttributeValue, CreateTableCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { applicationEvent, entitiesOf } from '../../lambdas/patterns/online-features/events.ts';
import { countingWrites } from '../../lambdas/patterns/online-features/write.ts';
import type { Clients } from '../../local/start/aws.ts';
import type { ErasableOutputs } from '../../tools/erase/every-place.ts';
import { madeDecision } from '../lambdas/audit/entries.ts';

/** Every store of the platform that may have a person's data, by the output that names it. */
export const stores: Omit<ErasableOutputs, 'AuditQueueUrl'> = {
  DecisionsTableName: 'decisions',
  ApplicationsTableName: 'applications',
  KeptTableName: 'kept',
  CasesTableName: 'cases',
  OutcomesTableName: 'outcomes',
  FeaturesTableName: 'features',
  FailureBucketName: 'failures',
  FeaturesGivenUpBucketName: 'given-up',
  ArchiveBucketName: 'archive',
  // Nothing was delivered to the lake yet: its own tests erase from its table, with a Spark.
  HistoryJobName: 'history',
  HistoryDatabaseName: 'history',
  HistoryTableName: 'loans',
  HistoryBucketName: 'history',
};

const keys: Readonly<Record<string, readonly (readonly [string, 'S' | 'N'])[]>> = {
  decisions: [['applicationId', 'S']],
  applications: [['applicationId', 'S']],
  kept: [['applicationId', 'S']],
  cases: [['caseId', 'S']],
  outcomes: [
    ['applicationId', 'S'],
    ['version', 'N'],
  ],
  features: [
    ['entity', 'S'],
    ['month', 'S'],
  ],
};
const buckets = ['failures', 'given-up', 'archive'];

export async function makeStores({ dynamo, s3 }: Clients): Promise<void> {
  for (const [TableName, names] of Object.entries(keys)) {
    await dynamo.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: names.map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
        KeySchema: names.map(([AttributeName], index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
      }),
    );
  }
  await s3.send(new CreateBucketCommand({ Bucket: stores.HistoryBucketName }));
  for (const Bucket of buckets) {
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
}

/** What every store has of a person whose application was decided, contested, counted, paid back, kept and failed. */
export async function plant({ dynamo, s3 }: Clients, id: string, applicant: string): Promise<void> {
  const put = (TableName: string, Item: Record<string, AttributeValue>) =>
    dynamo.send(new PutItemCommand({ TableName, Item }));
  const application = { applicationId: { S: id } };
  await put('decisions', { ...application, record: { S: JSON.stringify(madeDecision(id, applicant)) } });
  await put('applications', application);
  await put('kept', { ...application, received: { S: JSON.stringify({ applicationId: id }) } });
  for (const caseId of [id, `${id}-contest-1`]) await put('cases', { caseId: { S: caseId } });
  for (const version of ['1', '2']) await put('outcomes', { ...application, version: { N: version } });
  const groups = { applicant, sector: '72', state: 'CA' };
  const event = applicationEvent({ applicationId: id, submittedAt: '2004-03-01' }, groups);
  await put('features', { entity: { S: `counted#outcome/${id}/1` }, month: { S: '-' } });
  for (const { Put } of countingWrites('features', [event])) if (Put) await put('features', Put.Item ?? {});
  for (const entity of Object.values(entitiesOf(groups)))
    await put('features', { entity: { S: entity }, month: { S: '2004-03' }, 'applications-01': { N: '1' } });
  const record = { application: { applicationId: id, applicantName: 'Zebedee' }, receivedAt: '2026-05-05' };
  const Body = JSON.stringify({ reason: 'invalid', data: Buffer.from(JSON.stringify(record)).toString('base64') });
  for (const Bucket of ['failures', 'failures', 'given-up'])
    await s3.send(new PutObjectCommand({ Bucket, Key: `q/${id}`, Body }));
}

/** An object of the archive with a row of each of these. */
export async function archiveRows({ s3 }: Clients, key: string, rows: Readonly<Record<string, string>>): Promise<void> {
  const lines = Object.entries(rows).map(([id, applicant]) => JSON.stringify({ application_id: id, applicant }));
  const Body = gzipSync(lines.map((line) => `${line}\n`).join(''));
  for (const _ of [1, 2]) await s3.send(new PutObjectCommand({ Bucket: 'archive', Key: `archive/${key}`, Body }));
}

/** All that every store has, in the clear: every item, and every version of every object with what is in its base64. */
export async function everythingIn({ dynamo, s3 }: Clients): Promise<string> {
  const found: string[] = [];
  for (const TableName of Object.keys(keys)) {
    const { Items } = await dynamo.send(new ScanCommand({ TableName, ConsistentRead: true }));
    found.push(JSON.stringify(Items));
  }
  for (const Bucket of buckets) {
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    for (const { Key = '', VersionId } of Versions) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
      found.push(Key, inTheClear((await Body?.transformToByteArray()) ?? new Uint8Array()));
    }
  }
  return found.join('\n');
}

function inTheClear(bytes: Uint8Array): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gunzipSync(bytes).toString();
  const text = Buffer.from(bytes).toString();
  const { data } = JSON.parse(text) as { data: string };
  return text + Buffer.from(data, 'base64').toString();
}
