import { createHash } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Deadline } from '../resilience/deadline.ts';
import type { AuditWriter } from './append.ts';

type Within = Pick<Deadline, 'signal'>;

export interface Setting {
  /** What is set, such as `decision`. */
  readonly name: string;
  /** All that it consists of, as JSON. It is never personal data. */
  readonly document: string;
}

export interface RecordSettingOptions {
  readonly dynamo: DynamoDBClient;
  /** Table with the partition key `name`, which all instances share. */
  readonly table: string;
  readonly appendEntry: AuditWriter;
  now(): Date;
  /** Told of a change once it is recorded, by the digest that the audit trail has. */
  onChange(digest: string): void;
}

/** What was recorded last. */
interface Recorded {
  /** Changes so far. */
  readonly version: number;
  readonly digest: string | null;
}

/**
 * Tells the audit trail of a setting that differs from what was recorded last: once in a container, before anything is
 * done by it. A failure is not kept: the next use tries again.
 *
 * The entry comes before the item that says so. Who finds it missing appends it again, under the same id.
 */
export function settingRecorder(setting: Setting, options: RecordSettingOptions): (within: Within) => Promise<void> {
  const digest = `sha256:${createHash('sha256').update(setting.document).digest('hex')}`;
  let kept: Promise<void> | undefined;
  return (within) => {
    kept ??= record(setting.name, digest, within, options).catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
}

async function record(name: string, digest: string, within: Within, options: RecordSettingOptions): Promise<void> {
  const last = await read(name, within, options);
  if (last.digest === digest) return;
  await options.appendEntry(
    {
      type: 'configuration',
      schemaVersion: 1,
      // Instances of two deployments may start at a time: each change has an entry of its own.
      id: `${name}:${last.version + 1}:${digest.slice(7, 19)}`,
      at: options.now().toISOString(),
      by: 'deployment',
      setting: name,
      fromDigest: last.digest,
      toDigest: digest,
      reason: 'an instance started with it',
    },
    within,
  );
  // Another instance was faster, most likely with the same.
  if (!(await tryWrite(name, digest, last, within, options))) return record(name, digest, within, options);
  options.onChange(digest);
}

const keyOf = (name: string) => ({ name: { S: `setting ${name}` } });

async function read(name: string, { signal }: Within, { dynamo, table }: RecordSettingOptions): Promise<Recorded> {
  const get = new GetItemCommand({ TableName: table, Key: keyOf(name), ConsistentRead: true });
  const { Item } = await dynamo.send(get, { abortSignal: signal });
  return { version: Number(Item?.['version']?.N ?? 0), digest: Item?.['digest']?.S ?? null };
}

/** @returns whether nobody has recorded anything since */
async function tryWrite(
  name: string,
  digest: string,
  { version }: Recorded,
  { signal }: Within,
  { dynamo, table }: RecordSettingOptions,
): Promise<boolean> {
  const update = new UpdateItemCommand({
    TableName: table,
    Key: keyOf(name),
    UpdateExpression: 'SET digest = :digest, version = :next',
    ConditionExpression: version === 0 ? 'attribute_not_exists(version)' : 'version = :version',
    ExpressionAttributeValues: {
      ':digest': { S: digest },
      ':next': { N: String(version + 1) },
      ...(version > 0 && { ':version': { N: String(version) } }),
    },
  });
  try {
    await dynamo.send(update, { abortSignal: signal });
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
