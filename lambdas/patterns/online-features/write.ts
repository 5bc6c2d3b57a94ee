import {
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { Passing, type RetryOptions, retrying } from '../resilience/retry.ts';
import type { CountedEvent } from './events.ts';
import type { FeatureTable } from './read.ts';
import { attributeOf, monthOf } from './windows.ts';

/** Most events of one transaction: 20 markers and at most 60 counters, where DynamoDB takes 100 writes. */
export const eventsAtATime = 20;

/**
 * Counts events, each of them once however often it is delivered: a marker and the counters that it changes are one
 * transaction. An event that has its marker was counted; the others of the transaction are then counted without it.
 *
 * Counters of the same group and month are one write, so a hot group costs one write a transaction.
 *
 * @param events at most {@link eventsAtATime}, none of them twice
 */
export async function countOnce(
  { dynamo, table }: FeatureTable,
  events: readonly CountedEvent[],
  options: RetryOptions,
): Promise<void> {
  let left = events.filter(({ changes }) => changes.length > 0);
  while (left.length > 0) {
    const items = countingWrites(table, left);
    const counted = await retrying(options, async () => {
      try {
        await dynamo.send(new TransactWriteItemsCommand({ TransactItems: items }), {
          abortSignal: options.deadline.signal,
        });
        return [];
      } catch (error) {
        return countedBefore(error);
      }
    });
    if (counted.length === 0) return;
    left = left.filter((_, index) => !counted.includes(index));
  }
}

/** The writes that count events: their markers, in the order of the events, and then the counters. */
export function countingWrites(table: string, events: readonly CountedEvent[]): TransactWriteItem[] {
  return [...events.map((event) => marker(table, event)), ...counters(table, events)];
}

/**
 * @returns the places of the events whose markers were there
 * @throws Passing if another transaction was at the same items, or the table was busy
 */
function countedBefore(error: unknown): number[] {
  if (!(error instanceof TransactionCanceledException)) throw error;
  const codes = error.CancellationReasons?.map(({ Code }) => Code) ?? [];
  const counted = codes.flatMap((code, index) => (code === 'ConditionalCheckFailed' ? [index] : []));
  if (counted.length === 0) throw new Passing('the counters are being written by another', { cause: error });
  return counted;
}

function marker(table: string, { id }: CountedEvent): TransactWriteItem {
  return {
    Put: {
      TableName: table,
      Item: { entity: { S: `counted#${id}` }, month: { S: '-' } },
      ConditionExpression: 'attribute_not_exists(entity)',
    },
  };
}

function counters(table: string, events: readonly CountedEvent[]): TransactWriteItem[] {
  const items = Map.groupBy(
    events.flatMap(({ changes }) => changes),
    ({ entity, day }) => `${monthOf(day)} ${entity}`,
  );
  return [...items.values()].flatMap((changes) => {
    const [first] = changes;
    if (!first) return [];
    const sums = Map.groupBy(changes, ({ measure, day }) => attributeOf(measure, day));
    const added = [...sums].map(([name, each], index) => ({
      name,
      place: index,
      by: each.reduce((total, { by }) => total + by, 0),
    }));
    return [
      {
        Update: {
          TableName: table,
          Key: { entity: { S: first.entity }, month: { S: monthOf(first.day) } },
          UpdateExpression: `ADD ${added.map(({ place }) => `#c${place} :c${place}`).join(', ')}`,
          ExpressionAttributeNames: Object.fromEntries(added.map(({ name, place }) => [`#c${place}`, name])),
          ExpressionAttributeValues: Object.fromEntries(
            added.map(({ by, place }) => [`:c${place}`, { N: String(by) }]),
          ),
        },
      },
    ];
  });
}
