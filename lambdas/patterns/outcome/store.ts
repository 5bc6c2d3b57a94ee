import {
  type DynamoDBClient,
  QueryCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { inDayIndex } from '../day-index/day-index.ts';
import { type Refusal, refusalOf } from '../http/answer.ts';
import type { Deadline } from '../resilience/deadline.ts';
import { Passing, type RetryOptions, retrying } from '../resilience/retry.ts';
import type { Outcome } from './outcome.ts';

/** One version of a loan's outcome, as it is kept: a version is never changed, a correction is the next one. */
export interface OutcomeVersion extends Omit<Outcome, 'corrects'> {
  /** Counted from 1. */
  readonly version: number;
  /** ISO 8601 instant, UTC. */
  readonly recordedAt: string;
}

/** The version that a post has led to, and whether just now or by an earlier delivery of the same. */
export interface RecordedOutcome {
  readonly version: number;
  readonly first: boolean;
}

export interface OutcomeStore {
  readonly dynamo: DynamoDBClient;
  /** Versions by `applicationId` and `version`. */
  readonly table: string;
}

/** The version that an outcome is to be recorded as: the one after what it corrects. */
export function versionOf({ corrects = 0, ...outcome }: Outcome, now: Date): OutcomeVersion {
  return { ...outcome, version: corrects + 1, recordedAt: now.toISOString() };
}

/**
 * Records a version of an outcome, and with it, or not at all, what else follows from it.
 *
 * Two writers of the same version can't both win, and the loser learns of it: the same content again is a repeat, other
 * content is refused. Nothing is ever overwritten.
 *
 * @param also writes that are made if and only if this version is recorded now
 * @throws Refusal 409 if the version is taken by other content, if there is none to correct, or if a correction claims
 *   to have been known before what it corrects
 */
export async function recordOutcome(
  { dynamo, table }: OutcomeStore,
  made: OutcomeVersion,
  also: readonly TransactWriteItem[],
  options: RetryOptions,
): Promise<RecordedOutcome> {
  const { deadline } = options;
  const corrects = made.version > 1 ? [holdsBefore(table, made)] : [];
  const command = new TransactWriteItemsCommand({ TransactItems: [putVersion(table, made), ...corrects, ...also] });
  return retrying(options, async () => {
    try {
      await dynamo.send(command, { abortSignal: deadline.signal });
      return { version: made.version, first: true };
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      return settle({ dynamo, table }, made, error, deadline);
    }
  });
}

/** All versions of an application's outcome, the first one first; the last one holds. */
export async function readOutcome(
  { dynamo, table }: OutcomeStore,
  applicationId: string,
  { signal }: Deadline,
): Promise<OutcomeVersion[]> {
  const { Items = [] } = await dynamo.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'applicationId = :id',
      ExpressionAttributeValues: { ':id': { S: applicationId } },
      ConsistentRead: true,
    }),
    { abortSignal: signal },
  );
  return Items.map(({ record }) => JSON.parse(record?.S ?? '') as OutcomeVersion);
}

function putVersion(table: string, made: OutcomeVersion): TransactWriteItem {
  return {
    Put: {
      TableName: table,
      Item: {
        applicationId: { S: made.applicationId },
        version: { N: String(made.version) },
        knownAt: { S: made.knownAt },
        record: { S: JSON.stringify(made) },
        ...inDayIndex(made.recordedAt, made.applicationId),
      },
      ConditionExpression: 'attribute_not_exists(applicationId)',
    },
  };
}

/** The version that is corrected is there, and was not known later than its correction. */
function holdsBefore(table: string, { applicationId, version, knownAt }: OutcomeVersion): TransactWriteItem {
  return {
    ConditionCheck: {
      TableName: table,
      Key: { applicationId: { S: applicationId }, version: { N: String(version - 1) } },
      ConditionExpression: 'knownAt <= :known',
      ExpressionAttributeValues: { ':known': { S: knownAt } },
    },
  };
}

/** What a refused write means: a repeat of what is recorded already, or a contradiction. @throws Passing if neither */
async function settle(
  store: OutcomeStore,
  made: OutcomeVersion,
  cancelled: TransactionCanceledException,
  deadline: Deadline,
): Promise<RecordedOutcome> {
  const failed = cancelled.CancellationReasons?.some(({ Code }) => Code === 'ConditionalCheckFailed');
  if (!failed) throw new Passing('another transaction is at the same items', { cause: cancelled });
  const versions = await readOutcome(store, made.applicationId, deadline);
  const same = versions.find(({ version }) => version === made.version);
  if (same && content(same) === content(made)) return { version: made.version, first: false };
  throw same ? taken(versions.length) : notInOrder(versions.length);
}

function content({ applicationId, outcome, occurredAt, knownAt }: OutcomeVersion): string {
  return JSON.stringify([applicationId, outcome, occurredAt, knownAt]);
}

function taken(latest: number): Refusal {
  const remedy = `if it is wrong, give corrects: ${latest} with what is right`;
  return refusalOf(409, 'conflict', 'outcome', 'contradicts what is recorded', remedy);
}

function notInOrder(latest: number): Refusal {
  const remedy =
    latest === 0 ? 'leave it out: no version is recorded' : `give ${latest}, and a knownAt not before that version's`;
  return refusalOf(409, 'conflict', 'corrects', 'is not the latest version or was known later', remedy);
}
