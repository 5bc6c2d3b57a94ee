import { setTimeout as wait } from 'node:timers/promises';
import {
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  BatchWriteItemCommand,
  type BatchWriteItemCommandOutput,
  type DynamoDBClient,
  type KeysAndAttributes,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { limiter } from '../../concurrency/limiter.ts';
import type { PositionStore } from './store.ts';

/** Most items of one call: DynamoDB's limits. */
const [readAtATime, writtenAtATime] = [100, 25];
const callsAtATime = 8;
/** Before what DynamoDB left over is given to it again. Milliseconds. */
const pauseMs = 50;

const itemId = (name: string) => ({ S: `entry/${name}` });

/** The positions of entries as items of the ledger. */
export function positionTable(dynamo: DynamoDBClient, table: string, signal: AbortSignal): PositionStore {
  const findSome = async (names: readonly string[]): Promise<(readonly [string, number])[]> => {
    const found: (readonly [string, number])[] = [];
    let asked: KeysAndAttributes | undefined = {
      Keys: names.map((name) => ({ id: itemId(name) })),
      ConsistentRead: true,
    };
    while (asked) {
      const { Responses, UnprocessedKeys }: BatchGetItemCommandOutput = await dynamo.send(
        new BatchGetItemCommand({ RequestItems: { [table]: asked } }),
        { abortSignal: signal },
      );
      for (const { id, index } of Responses?.[table] ?? []) {
        found.push([String(id?.S).slice('entry/'.length), Number(index?.N)]);
      }
      asked = UnprocessedKeys?.[table];
      if (asked) await wait(pauseMs, undefined, { signal });
    }
    return found;
  };
  const recordSome = async (positions: readonly (readonly [string, number])[]): Promise<void> => {
    let given: WriteRequest[] | undefined = positions.map(([name, index]) => ({
      PutRequest: { Item: { id: itemId(name), index: { N: String(index) } } },
    }));
    while (given) {
      const { UnprocessedItems }: BatchWriteItemCommandOutput = await dynamo.send(
        new BatchWriteItemCommand({ RequestItems: { [table]: given } }),
        {
          abortSignal: signal,
        },
      );
      given = UnprocessedItems?.[table];
      if (given) await wait(pauseMs, undefined, { signal });
    }
  };
  return {
    find: async (names) => new Map((await inParts(names, readAtATime, findSome)).flat()),
    record: async (positions) => {
      await inParts([...positions], writtenAtATime, recordSome);
    },
  };
}

function inParts<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (part: readonly Item[]) => Promise<Result>,
): Promise<Result[]> {
  const inTurn = limiter(callsAtATime);
  const parts = Array.from({ length: Math.ceil(items.length / most) }, (_, i) => items.slice(i * most, (i + 1) * most));
  return Promise.all(parts.map((part) => inTurn(() => work(part))));
}
