import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetTablesCommand, GlueClient } from '@aws-sdk/client-glue';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { AuditEntry } from '../../../lambdas/patterns/audit/entry.ts';
import { keyIdOf, readEnvelope } from '../../../lambdas/patterns/audit/seal/envelope.ts';
import { checkpointPath } from '../../../lambdas/patterns/audit/tlog/tiles.ts';
import { bucketSource } from '../../../lambdas/patterns/audit/verify/bucket-source.ts';
import { entriesOf } from '../../../lambdas/patterns/audit/verify/entries.ts';
import type { Decision } from '../../../lambdas/patterns/decision/decision.ts';
import { credentials, region } from '../../../local/start/aws.ts';
import type { StreamsCloud } from './cloud.ts';

/** What the tests look at, and change, in the cloud of one source. */
export interface Look {
  decisions(): Promise<ReadonlyMap<string, Decision>>;
  /** Applications whose decision is in the audit log, each as often as it is there. */
  audited(): Promise<string[]>;
  /** Objects of the failure bucket under a prefix, by key. */
  failed(prefix: string): Promise<ReadonlyMap<string, string>>;
  /** Rows of the archive's table, found by way of the catalogue; each with the day that it is filed under. */
  archived(): Promise<Record<string, unknown>[]>;
  /** Pointers that wait in the failure queue. */
  pointers(): Promise<number>;
  /** Entries of the audit log that are readable without a person's key, of a type. */
  entries(type: AuditEntry['type']): Promise<AuditEntry[]>;
  /** Changes the environment of the consumer and of the redrive function, as a deployment does. */
  configure(changes: Readonly<Record<string, string>>): Promise<void>;
}

export function lookAt({ endpoint, outputs }: StreamsCloud, source: string): Look {
  const options = { endpoint, region, credentials };
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const sqs = new SQSClient(options);
  const dynamo = new DynamoDBClient(options);
  const lambda = new LambdaClient(options);
  const output = (name: string) => outputs[name] as string;
  const keys = async (Prefix: string) => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: output(`${source}Failures`), Prefix }));
    return Contents.map(({ Key }) => Key as string);
  };
  return {
    decisions: async () => {
      const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: output(`${source}Decisions`) }));
      return new Map(Items.map(({ applicationId, record }) => [applicationId?.S ?? '', JSON.parse(record?.S ?? '')]));
    },
    audited: async () => {
      const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: output('AuditLedger') }));
      const decision = 'entry/decision/';
      return Items.flatMap(({ id }) => (id?.S?.startsWith(decision) ? [id.S.slice(decision.length)] : []));
    },
    failed: async (prefix) =>
      new Map(
        await Promise.all(
          (await keys(prefix)).map(async (Key) => {
            const { Body } = await s3.send(new GetObjectCommand({ Bucket: output(`${source}Failures`), Key }));
            return [Key, (await Body?.transformToString()) ?? ''] as const;
          }),
        ),
      ),
    archived: async () => {
      const glue = new GlueClient(options);
      const { TableList = [] } = await glue.send(new GetTablesCommand({ DatabaseName: output(`${source}Catalogue`) }));
      const columns = TableList[0]?.StorageDescriptor?.Columns?.map(({ Name }) => Name) ?? [];
      const [, Bucket, Prefix] = /^s3:\/\/([^/]+)\/(.*)$/.exec(TableList[0]?.StorageDescriptor?.Location ?? '') ?? [];
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
      const rows = await Promise.all(
        Contents.map(async ({ Key = '' }) => {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
          const text = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString();
          const day = /day=([^/]+)/.exec(Key)?.[1];
          return text
            .trim()
            .split('\n')
            .map((line) => ({ day, ...(JSON.parse(line) as Record<string, unknown>) }));
        }),
      );
      for (const row of rows.flat()) {
        const unknown = Object.keys(row).filter((name) => name !== 'day' && !columns.includes(name));
        if (unknown.length > 0) throw new Error(`the catalogue has no column ${unknown.join(', ')}`);
      }
      return rows.flat();
    },
    pointers: async () => {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: output(`${source}Pointers`), AttributeNames: ['All'] }),
      );
      const { ApproximateNumberOfMessages = 0, ApproximateNumberOfMessagesNotVisible = 0 } = Attributes ?? {};
      return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
    },
    entries: async (type) => {
      const source = bucketSource(s3, output('AuditBucket'), new AbortController().signal);
      const checkpoint = Buffer.from((await source.read(checkpointPath)) ?? []).toString();
      const found: AuditEntry[] = [];
      for await (const envelope of entriesOf(source, Number(checkpoint.split('\n')[1] ?? 0))) {
        if (keyIdOf(envelope) === undefined) found.push(readEnvelope(envelope));
      }
      return found.filter((entry) => entry.type === type);
    },
    configure: async (changes) => {
      for (const FunctionName of [output(`${source}Consumer`), output(`${source}Redriver`)]) {
        const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
        const Variables = { ...Environment?.Variables, ...changes };
        await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
      }
    },
  };
}

/** Waits until a look finds something. @throws Error that names what did not come about */
export async function eventually<Result>(what: string, look: () => Promise<Result | undefined>): Promise<Result> {
  const end = Date.now() + 60_000;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(200);
  }
  throw new Error(`${what} did not come about`);
}
