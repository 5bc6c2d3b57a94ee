import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import type { Deadline } from '../resilience/deadline.ts';
import type { ReviewCase } from './case.ts';
import { isOver } from './transitions.ts';

/** A case, and what lets the workflow that waits for it go on. */
export interface Stored {
  readonly reviewed: ReviewCase;
  /** Task token of the workflow; null while it does not wait. It is shown to nobody. */
  readonly taskToken: string | null;
}

/** Where the cases are. Every write is conditional: of two that follow the same state, one comes to be. */
export interface CaseStore {
  /** @returns false if there is a case of this id already */
  create(reviewed: ReviewCase, deadline: Deadline): Promise<boolean>;
  read(caseId: string, deadline: Deadline): Promise<Stored | undefined>;
  /** Puts a case in the place of the one whose version is one less. @throws CaseChanged */
  replace(next: Stored, deadline: Deadline): Promise<void>;
  /** Cases that nobody has decided yet, the most urgent first and the oldest of those. */
  open(limit: number, deadline: Deadline): Promise<readonly ReviewCase[]>;
  /** How many cases nobody has decided yet, and when the oldest of them was opened. */
  backlog(deadline: Deadline): Promise<Backlog>;
  /** Cases of a sector that are decided or closed, the latest first. */
  closed(sector: string, limit: number, deadline: Deadline): Promise<readonly ReviewCase[]>;
}

export interface Backlog {
  readonly count: number;
  readonly oldest: string | undefined;
}

/** Somebody else changed the case between the reading and the writing. */
export class CaseChanged extends Error {
  constructor(caseId: string) {
    super(`case ${caseId} was changed by somebody else: read it again`);
    this.name = 'CaseChanged';
  }
}

/** Name of the index over `queue` and `rank`. */
export const queueIndex = 'Queue';

/** The cases in a DynamoDB table with the key `caseId` and the index {@link queueIndex}. */
export function dynamoCases(dynamo: DynamoDBClient, table: string): CaseStore {
  return {
    create: async (reviewed, { signal }) => {
      try {
        await dynamo.send(
          new PutItemCommand({
            TableName: table,
            Item: itemOf({ reviewed, taskToken: null }),
            ConditionExpression: 'attribute_not_exists(caseId)',
          }),
          { abortSignal: signal },
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
    read: async (caseId, { signal }) => {
      const Key = { caseId: { S: caseId } };
      const { Item } = await dynamo.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }), {
        abortSignal: signal,
      });
      return Item && storedOf(Item);
    },
    replace: async (next, { signal }) => {
      try {
        await dynamo.send(
          new PutItemCommand({
            TableName: table,
            Item: itemOf(next),
            ConditionExpression: '#version = :before',
            ExpressionAttributeNames: { '#version': 'version' },
            ExpressionAttributeValues: { ':before': { N: String(next.reviewed.version - 1) } },
          }),
          { abortSignal: signal },
        );
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) throw new CaseChanged(next.reviewed.caseId);
        throw error;
      }
    },
    open: (limit, deadline) => query(dynamo, table, openQueue, true, limit, deadline),
    backlog: (deadline) => backlog(dynamo, table, deadline),
    closed: (sector, limit, deadline) => query(dynamo, table, closedQueue(sector), false, limit, deadline),
  };
}

const openQueue = 'open';
const closedQueue = (sector: string) => `closed/${sector}`;

async function query(
  dynamo: DynamoDBClient,
  table: string,
  queue: string,
  forward: boolean,
  limit: number,
  { signal }: Deadline,
): Promise<readonly ReviewCase[]> {
  const { Items = [] } = await dynamo.send(
    new QueryCommand({
      TableName: table,
      IndexName: queueIndex,
      KeyConditionExpression: '#queue = :queue',
      ExpressionAttributeNames: { '#queue': 'queue' },
      ExpressionAttributeValues: { ':queue': { S: queue } },
      ScanIndexForward: forward,
      Limit: limit,
    }),
    { abortSignal: signal },
  );
  return Items.map((item) => storedOf(item).reviewed);
}

/** The ranks alone tell it: priority and opening. */
async function backlog(dynamo: DynamoDBClient, table: string, { signal }: Deadline): Promise<Backlog> {
  let count = 0;
  let oldest: string | undefined;
  let from: Record<string, AttributeValue> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await dynamo.send(
      new QueryCommand({
        TableName: table,
        IndexName: queueIndex,
        KeyConditionExpression: '#queue = :queue',
        ProjectionExpression: '#rank',
        ExpressionAttributeNames: { '#queue': 'queue', '#rank': 'rank' },
        ExpressionAttributeValues: { ':queue': { S: openQueue } },
        ExclusiveStartKey: from,
      }),
      { abortSignal: signal },
    );
    for (const { rank } of Items) {
      const openedAt = rank?.S?.slice(2);
      if (openedAt && (oldest === undefined || openedAt < oldest)) oldest = openedAt;
    }
    count += Items.length;
    from = LastEvaluatedKey;
  } while (from);
  return { count, oldest };
}

function itemOf({ reviewed, taskToken }: Stored): Record<string, AttributeValue> {
  return {
    caseId: { S: reviewed.caseId },
    version: { N: String(reviewed.version) },
    record: { S: JSON.stringify(reviewed) },
    ...placeOf(reviewed),
    ...(taskToken !== null && { taskToken: { S: taskToken } }),
  };
}

/** A case's place in the index. */
function placeOf(reviewed: ReviewCase): Record<string, AttributeValue> {
  if (!isOver(reviewed)) {
    return { queue: { S: openQueue }, rank: { S: `${3 - reviewed.priority}/${reviewed.openedAt}` } };
  }
  return { queue: { S: closedQueue(sectorOf(reviewed)) }, rank: { S: reviewed.outcome?.at ?? reviewed.openedAt } };
}

/** The sector of the applicant's business, by which past cases are found. */
export function sectorOf({ decision }: ReviewCase): string {
  return String(decision.features['sector'] ?? 'unknown');
}

function storedOf(item: Record<string, AttributeValue>): Stored {
  const record = item['record']?.S;
  if (record === undefined) throw new Error('the table holds a case without its record');
  return { reviewed: JSON.parse(record) as ReviewCase, taskToken: item['taskToken']?.S ?? null };
}
