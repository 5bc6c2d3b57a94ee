import { createHash, randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import type { Application } from '../application/application.ts';
import { readDecision } from '../decision/store.ts';
import { type Refusal, refusalOf } from '../http/answer.ts';
import { toRecordData } from '../record/record.ts';
import type { Deadline } from '../resilience/deadline.ts';

export interface IntakeOptions {
  readonly dynamo: DynamoDBClient;
  readonly kinesis: KinesisClient;
  readonly applicationsTable: string;
  readonly decisionsTable: string;
  readonly streamName: string;
  /** What the order of an application's record is kept for; it may hold no personal data. */
  partitionKey(application: Application, deadline: Deadline): Promise<string>;
  now(): Date;
}

/** The answer to an application that is on the stream. */
export interface Receipt {
  readonly applicationId: string;
  readonly status: 'received';
  readonly receivedAt: string;
}

/** After this time a claim without a decision is taken for one whose put was cut off. Milliseconds. */
const abandonedMs = 60_000;
/** Time to give a claim up, after the working time is over. Milliseconds. */
const giveUpMs = 1_000;

/**
 * Takes applications in: claims the id, then puts the application on the stream.
 *
 * If the put fails or is cut off, the sender has no receipt and the claim stands. A repeat of the same content is
 * then put again: at once if the put is known to have failed, else once the claim is old and no decision has come.
 * The consumer decides an application once however often it is on the stream, so nothing is lost and nothing is
 * decided twice.
 *
 * @returns a function that rejects with a Refusal 409 for an id that is taken
 */
export function intake(
  options: IntakeOptions,
): (application: Application, requestedBy: string | undefined, deadline: Deadline) => Promise<Receipt> {
  return async (application, requestedBy, deadline) => {
    const key = await options.partitionKey(application, deadline);
    const owner = randomUUID();
    const receivedAt = await claim(options, application, owner, deadline);
    try {
      const requester = requestedBy === undefined ? {} : { requestedBy };
      await put(options, { application, receivedAt, ...requester }, key, deadline);
    } catch (error) {
      await abandon(options, application, owner, error);
      throw error;
    }
    return { applicationId: application.applicationId, status: 'received', receivedAt };
  };
}

async function put(
  { kinesis, streamName }: IntakeOptions,
  received: Parameters<typeof toRecordData>[0],
  key: string,
  { signal }: Deadline,
): Promise<void> {
  await kinesis.send(
    new PutRecordCommand({
      StreamName: streamName,
      PartitionKey: key,
      Data: toRecordData(received),
    }),
    { abortSignal: signal },
  );
}

/** @returns when the application was received: the instant of the claim that holds */
async function claim(
  options: IntakeOptions,
  application: Application,
  owner: string,
  deadline: Deadline,
): Promise<string> {
  const now = options.now();
  const digest = digestOf(application);
  try {
    const { Attributes: earlier } = await options.dynamo.send(
      new PutItemCommand({
        TableName: options.applicationsTable,
        Item: {
          applicationId: { S: application.applicationId },
          digest: { S: digest },
          receivedAt: { S: now.toISOString() },
          claimedAt: { N: String(now.getTime()) },
          claimOwner: { S: owner },
        },
        // Free, or the same content whose claim is so old that its put may have been cut off.
        ConditionExpression: 'attribute_not_exists(applicationId) OR (digest = :digest AND claimedAt < :abandoned)',
        ExpressionAttributeValues: {
          ':digest': { S: digest },
          ':abandoned': { N: String(now.getTime() - abandonedMs) },
        },
        ReturnValues: 'ALL_OLD',
      }),
      { abortSignal: deadline.signal },
    );
    if (earlier && (await isDecided(options, application, deadline))) throw taken();
    return now.toISOString();
  } catch (error) {
    throw error instanceof ConditionalCheckFailedException ? taken() : error;
  }
}

/** A digest of the content alone: the order in which the sender wrote the fields is no difference. */
function digestOf(application: Application): string {
  const fields = Object.entries(application).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url');
}

async function isDecided(
  { dynamo, decisionsTable }: IntakeOptions,
  { applicationId }: Application,
  deadline: Deadline,
): Promise<boolean> {
  return (await readDecision(dynamo, decisionsTable, applicationId, deadline)) !== undefined;
}

/**
 * Marks a claim whose put failed, so that a repeat needs no waiting.
 *
 * Only its owner may: an invocation that comes late must not give up the claim of the one that followed it.
 */
async function abandon(
  { dynamo, applicationsTable }: IntakeOptions,
  { applicationId }: Application,
  owner: string,
  reason: unknown,
): Promise<void> {
  try {
    await dynamo.send(
      new UpdateItemCommand({
        TableName: applicationsTable,
        Key: { applicationId: { S: applicationId } },
        UpdateExpression: 'SET claimedAt = :never',
        ConditionExpression: 'claimOwner = :owner',
        ExpressionAttributeValues: { ':never': { N: '0' }, ':owner': { S: owner } },
      }),
      { abortSignal: AbortSignal.timeout(giveUpMs) },
    );
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return;
    throw new AggregateError([reason, error], 'the application was not put, and its claim stands for a minute');
  }
}

function taken(): Refusal {
  const remedy = 'use another id, or ask for the status of this one';
  return refusalOf(409, 'duplicate', 'applicationId', 'is that of an application received before', remedy);
}
