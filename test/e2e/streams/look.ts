import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListObjectsV2Command, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { AuditEntry } from '../../../lambdas/patterns/audit/entry.ts';
import type { Decision } from '../../../lambdas/patterns/decision/decision.ts';
import { credentials, region } from '../../../local/start/aws.ts';
import type { StreamsCloud } from './cloud.ts';

/** What the tests look at, and change, in the cloud of one source. */
export interface Look {
  decisions(): Promise<ReadonlyMap<string, Decision>>;
  /** Keys of the audit bucket's records, one for each version. */
  audited(): Promise<string[]>;
  /** Objects of the failure bucket under a prefix, by key. */
  failed(prefix: string): Promise<ReadonlyMap<string, string>>;
  /** Pointers that wait in the failure queue. */
  pointers(): Promise<number>;
  /** Takes the entries of a type out of the audit trail's queue. */
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
      const list = new ListObjectVersionsCommand({ Bucket: output('AuditBucket'), Prefix: 'decisions/' });
      return ((await s3.send(list)).Versions ?? []).map(({ Key }) => Key as string);
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
    pointers: async () => {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: output(`${source}Pointers`), AttributeNames: ['All'] }),
      );
      const { ApproximateNumberOfMessages = 0, ApproximateNumberOfMessagesNotVisible = 0 } = Attributes ?? {};
      return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
    },
    entries: async (type) => {
      const found: AuditEntry[] = [];
      for (;;) {
        const receive = new ReceiveMessageCommand({ QueueUrl: output('AuditQueue'), MaxNumberOfMessages: 10 });
        const { Messages = [] } = await sqs.send(receive);
        if (Messages.length === 0) return found.filter((entry) => entry.type === type);
        found.push(...Messages.map(({ Body }) => JSON.parse(Body ?? '') as AuditEntry));
      }
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
