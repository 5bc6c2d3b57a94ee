import { createHash } from 'node:crypto';
import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  paginateQuery,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { limiter } from '../concurrency/limiter.ts';
import type { Deadline } from '../resilience/deadline.ts';

/** Name of a table's index by the day on which an item was written; it holds keys only. */
export const dayIndex = 'byDay';
/** The index's partition key: a day and a shard of it. */
export const dayAttribute = 'dayShard';

/**
 * A partition of an index takes 1,000 writes a second, and a full one holds up the table: a day has so many, which is
 * enough for a thousand million items a day.
 */
const shards = 16;
/** Most items that one request gets. */
const mostKeys = 100;
const atATime = 8;

type Key = Record<string, AttributeValue>;

/**
 * The attribute of an item that puts it into the index.
 *
 * @param at ISO 8601 instant, UTC, at which it is written
 */
export function inDayIndex(at: string, id: string): Readonly<Record<typeof dayAttribute, AttributeValue>> {
  const shard = createHash('sha256').update(id).digest().readUInt8(0) % shards;
  return { [dayAttribute]: { S: shardOf(at.slice(0, 10), shard) } };
}

/**
 * The records that were written on a day, a part of it at a time. The index follows its table within a second or so:
 * who reads a day that is not over must read it again.
 *
 * @param day YYYY-MM-DD, UTC
 */
export async function* recordsOfDay<Kept>(
  dynamo: DynamoDBClient,
  table: string,
  day: string,
  { signal }: Deadline,
): AsyncGenerator<Kept[]> {
  for (let shard = 0; shard < shards; shard++) {
    const query: QueryCommandInput = {
      TableName: table,
      IndexName: dayIndex,
      KeyConditionExpression: `${dayAttribute} = :shard`,
      ExpressionAttributeValues: { ':shard': { S: shardOf(day, shard) } },
    };
    for await (const { Items = [] } of paginateQuery({ client: dynamo }, query, { abortSignal: signal })) {
      const keys = Items.map(({ [dayAttribute]: _, ...key }) => key);
      yield await recordsOf<Kept>(dynamo, table, keys, { signal });
    }
  }
}

/** The records of items by their keys, in no particular order; those that are not there are left out. */
export async function recordsOf<Kept>(
  dynamo: DynamoDBClient,
  table: string,
  keys: readonly Key[],
  { signal }: Pick<Deadline, 'signal'>,
): Promise<Kept[]> {
  const inTurn = limiter(atATime);
  const parts = Array.from({ length: Math.ceil(keys.length / mostKeys) }, (_, part) =>
    keys.slice(part * mostKeys, (part + 1) * mostKeys),
  );
  const found = await Promise.all(parts.map((part) => inTurn(() => getAll(dynamo, table, part, signal))));
  return found.flat().map(({ record }) => JSON.parse(record?.S ?? '') as Kept);
}

async function getAll(dynamo: DynamoDBClient, table: string, keys: readonly Key[], signal: AbortSignal) {
  const items: Key[] = [];
  let left: Key[] | undefined = [...keys];
  while (left !== undefined && left.length > 0) {
    const command: BatchGetItemCommand = new BatchGetItemCommand({ RequestItems: { [table]: { Keys: left } } });
    const { Responses, UnprocessedKeys } = await dynamo.send(command, { abortSignal: signal });
    items.push(...(Responses?.[table] ?? []));
    left = UnprocessedKeys?.[table]?.Keys;
  }
  return items;
}

function shardOf(day: string, shard: number): string {
  return `${day}/${shard.toString(16)}`;
}
