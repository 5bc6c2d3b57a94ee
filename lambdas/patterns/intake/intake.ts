import { createHash } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import type { Application } from '../application/application.ts';
import { readDecision } from '../decision/store.ts';
import { Refusal } from '../http/answer.ts';
import { toRecordData } from '../record/record.ts';

export interface IntakeOptions {
  readonly dynamo: DynamoDBClient;
  readonly kinesis: KinesisClient;
  readonly applicationsTable: string;
  readonly decisionsTable: string;
  readonly streamName: string;
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
export function intake(options: IntakeOptions): (application: Application) => Promise<Receipt> {
  return async (application) => {
    const receivedAt = await claim(options, application);
    try {
      await options.kinesis.send(
        new PutRecordCommand({
          StreamName: options.streamName,
          PartitionKey: application.applicationId,
          Data: toRecordData({ application, receivedAt }),
        }),
      );
    } catch (error) {
      await abandon(options, application);
      throw error;
    }
    return { applicationId: application.applicationId, status: 'received', receivedAt };
  };
}

/** @returns when the application was received: the instant of the claim that holds */
async function claim(options: IntakeOptions, application: Application): Promise<string> {
  const now = options.now();
  const digest = createHash('sha256').update(JSON.stringify(application)).digest('base64url');
  try {
    const { Attributes: earlier } = await options.dynamo.send(
      new PutItemCommand({
        TableName: options.applicationsTable,
        Item: {
          applicationId: { S: application.applicationId },
          digest: { S: digest },
          receivedAt: { S: now.toISOString() },
          claimedAt: { N: String(now.getTime()) },
        },
        // Free, or the same content whose claim is so old that its put may have been cut off.
        ConditionExpression: 'attribute_not_exists(applicationId) OR (digest = :digest AND claimedAt < :abandoned)',
        ExpressionAttributeValues: {
          ':digest': { S: digest },
          ':abandoned': { N: String(now.getTime() - abandonedMs) },
        },
        ReturnValues: 'ALL_OLD',
      }),
    );
    if (earlier && (await isDecided(options, application))) throw taken();
    return now.toISOString();
  } catch (error) {
    throw error instanceof ConditionalCheckFailedException ? taken() : error;
  }
}

async function isDecided({ dynamo, decisionsTable }: IntakeOptions, { applicationId }: Application): Promise<boolean> {
  return (await readDecision(dynamo, decisionsTable, applicationId)) !== undefined;
}

/** Marks a claim whose put failed, so that a repeat needs no waiting. */
async function abandon({ dynamo, applicationsTable }: IntakeOptions, { applicationId }: Application): Promise<void> {
  await dynamo.send(
    new UpdateItemCommand({
      TableName: applicationsTable,
      Key: { applicationId: { S: applicationId } },
      UpdateExpression: 'SET claimedAt = :never',
      ExpressionAttributeValues: { ':never': { N: '0' } },
    }),
  );
}

function taken(): Refusal {
  const problem = 'is taken by an application received before: use an id of its own, or ask for its status';
  return new Refusal(409, 'duplicate', `applicationId ${problem}`, [{ field: 'applicationId', problem }]);
}
