import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Shared, untouched } from './rules.ts';
import type { BreakerStore } from './store.ts';

/** Longest wait for the store: a call to what it guards is not held up for longer. Milliseconds. */
const longestMs = 500;

/** One update: what it does, on which condition, with which values. */
interface Update {
  readonly update: string;
  readonly condition: string;
  readonly values: Readonly<Record<string, number | string | ReadonlySet<string>>>;
}

/**
 * A breaker's state as one item of a DynamoDB table with the partition key `name`.
 *
 * Each write is one conditional UpdateItem; where a window or a minute has ended there are two, the first of which
 * fails its condition.
 */
export function dynamoStore(dynamo: DynamoDBClient, table: string, name: string): BreakerStore {
  const key = { name: { S: name } };

  /** @returns the item after it, or undefined if its condition does not hold */
  async function tryUpdate({ update, condition, values }: Update): Promise<Shared | undefined> {
    try {
      const { Attributes } = await dynamo.send(
        new UpdateItemCommand({
          TableName: table,
          Key: key,
          UpdateExpression: update,
          ConditionExpression: condition,
          // "state" is a reserved word.
          ...(/#state/.test(update) && { ExpressionAttributeNames: { '#state': 'state' } }),
          ExpressionAttributeValues: Object.fromEntries(
            Object.entries(values).map(([each, value]) => [`:${each}`, attributeOf(value)]),
          ),
          ReturnValues: 'ALL_NEW',
        }),
        { abortSignal: AbortSignal.timeout(longestMs) },
      );
      return sharedOf(Attributes);
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  /** Makes the first of the updates whose condition holds: another instance may change the item between two. */
  async function firstThatHolds(...updates: readonly Update[]): Promise<Shared | undefined> {
    for (const update of updates) {
      const shared = await tryUpdate(update);
      if (shared) return shared;
    }
    return undefined;
  }

  const read = async () => {
    const { Item } = await dynamo.send(new GetItemCommand({ TableName: table, Key: key }), {
      abortSignal: AbortSignal.timeout(longestMs),
    });
    return sharedOf(Item);
  };

  return {
    read,
    report: async ({ instance, now, windowFrom }) => {
      const values = { one: 1, me: new Set([instance]), from: windowFrom };
      const more: Update = {
        update: 'ADD bad :one, reporters :me',
        condition: 'windowStart >= :from',
        values,
      };
      const anew: Update = {
        update: 'SET windowStart = :now, bad = :one, reporters = :me',
        condition: 'attribute_not_exists(windowStart) OR windowStart < :from',
        values: { ...values, now },
      };
      return (await firstThatHolds(more, anew, more)) ?? read();
    },
    beat: async (perSecond, minute) => {
      const values = { rate: Number(perSecond.toPrecision(6)), minute, one: 1 };
      const more: Update = { update: 'ADD rate :rate, instances :one', condition: 'minute = :minute', values };
      const next: Update = {
        update: 'SET lastRate = rate, lastInstances = instances, minute = :minute, rate = :rate, instances = :one',
        condition: 'minute = :before',
        values: { ...values, before: minute - 1 },
      };
      const anew: Update = {
        update: 'SET lastRate = :zero, lastInstances = :zero, minute = :minute, rate = :rate, instances = :one',
        condition: 'attribute_not_exists(minute) OR minute < :before',
        values: { ...values, before: minute - 1, zero: 0 },
      };
      // One of a minute that the others have left is of no use any more.
      await firstThatHolds(more, next, anew, more);
    },
    change: async (from, { state, since, coolDownMs }) => {
      const changed = await tryUpdate({
        update:
          'SET #state = :state, since = :since, coolDownMs = :coolDownMs, version = :next, windowStart = :since, ' +
          'bad = :zero, probeUntil = :zero REMOVE reporters',
        condition: from.version === 0 ? 'attribute_not_exists(version)' : 'version = :version',
        values: {
          state,
          since,
          coolDownMs,
          next: from.version + 1,
          zero: 0,
          ...(from.version > 0 && { version: from.version }),
        },
      });
      return changed ?? read();
    },
    takeProbe: async ({ version }, until, now) => {
      const taken = await tryUpdate({
        update: 'SET probeUntil = :until',
        condition: 'version = :version AND probeUntil < :now',
        values: { until, version, now },
      });
      return taken !== undefined;
    },
  };
}

function attributeOf(value: number | string | ReadonlySet<string>): AttributeValue {
  if (typeof value === 'number') return { N: String(value) };
  return typeof value === 'string' ? { S: value } : { SS: [...value] };
}

/** An item that is not there, or of which a part has not been written yet, is as untouched. */
function sharedOf(item: Readonly<Record<string, AttributeValue>> | undefined): Shared {
  if (!item) return untouched;
  const numbers = Object.keys(untouched).filter((field) => item[field]?.N !== undefined);
  const state = item['state']?.S;
  return {
    ...untouched,
    ...Object.fromEntries(numbers.map((field) => [field, Number(item[field]?.N)])),
    ...(state !== undefined && { state: state as Shared['state'] }),
    reporters: item['reporters']?.SS?.length ?? 0,
  };
}
