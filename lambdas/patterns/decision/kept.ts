import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import type { Received } from '../record/record.ts';
import type { Deadline } from '../resilience/deadline.ts';

/** Why an application is kept instead of decided. */
export type KeptFor = 'stop' | 'no-case';

/** An application that waits to be taken up again. It is the whole application, as it was on the stream. */
export interface Kept {
  readonly received: Received;
  readonly kept: KeptFor;
  /** ISO 8601 instant, UTC. */
  readonly keptAt: string;
}

/** Keeps an application; kept again, it is kept once. */
export type Keep = (kept: Kept, deadline: Deadline) => Promise<void>;

/** The applications that wait, by `applicationId`, in a table that holds nothing else. */
export interface KeptStore {
  readonly keep: Keep;
  /** Why an application waits, or undefined if it does not. */
  why(applicationId: string, deadline: Deadline): Promise<KeptFor | undefined>;
  /** A page of those that wait; a page with `next` is not the last. */
  page(
    from: string | undefined,
    deadline: Deadline,
  ): Promise<{ readonly kept: readonly Kept[]; readonly next?: string }>;
  /** Lets one go, unless it was kept again since. */
  release(kept: Kept, deadline: Deadline): Promise<void>;
}

export function keptStore(dynamo: DynamoDBClient, table: string): KeptStore {
  const keyOf = (applicationId: string) => ({ applicationId: { S: applicationId } });
  return {
    keep: async ({ received, kept, keptAt }, { signal }) => {
      const Item = {
        ...keyOf(received.application.applicationId),
        keptFor: { S: kept },
        keptAt: { S: keptAt },
        received: { S: JSON.stringify(received) },
      };
      await dynamo.send(new PutItemCommand({ TableName: table, Item }), { abortSignal: signal });
    },
    why: async (applicationId, { signal }) => {
      const { Item } = await dynamo.send(new GetItemCommand({ TableName: table, Key: keyOf(applicationId) }), {
        abortSignal: signal,
      });
      return Item?.['keptFor']?.S as KeptFor | undefined;
    },
    page: async (from, { signal }) => {
      const { Items = [], LastEvaluatedKey } = await dynamo.send(
        new ScanCommand({
          TableName: table,
          Limit: 100,
          ...(from !== undefined && { ExclusiveStartKey: keyOf(from) }),
        }),
        { abortSignal: signal },
      );
      const kept = Items.map((item) => ({
        received: JSON.parse(item['received']?.S ?? '') as Received,
        kept: item['keptFor']?.S as KeptFor,
        keptAt: item['keptAt']?.S ?? '',
      }));
      const next = LastEvaluatedKey?.['applicationId']?.S;
      return { kept, ...(next !== undefined && { next }) };
    },
    release: async ({ received, keptAt }, { signal }) => {
      try {
        await dynamo.send(
          new DeleteItemCommand({
            TableName: table,
            Key: keyOf(received.application.applicationId),
            ConditionExpression: 'keptAt = :keptAt',
            ExpressionAttributeValues: { ':keptAt': { S: keptAt } },
          }),
          { abortSignal: signal },
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
  };
}
