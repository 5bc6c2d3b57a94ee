import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Deadline } from '../resilience/deadline.ts';
import type { Decision } from './decision.ts';

/** The decision that holds for an application, and whether it was recorded just now. */
export interface Recorded {
  readonly decision: Decision;
  readonly first: boolean;
}

/**
 * Records a decision unless the application already has one: the first write wins and is never overwritten,
 * however often and however late a record is delivered.
 *
 * The table keeps the decision as the text that it is in the audit log, so that both are the same to the byte.
 */
export async function recordOnce(
  dynamo: DynamoDBClient,
  table: string,
  decision: Decision,
  deadline: Deadline,
): Promise<Recorded> {
  try {
    await dynamo.send(
      new PutItemCommand({
        TableName: table,
        Item: {
          applicationId: { S: decision.applicationId },
          outcome: { S: decision.outcome },
          decidedAt: { S: decision.decidedAt },
          record: { S: JSON.stringify(decision) },
        },
        ConditionExpression: 'attribute_not_exists(applicationId)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
      { abortSignal: deadline.signal },
    );
    return { decision, first: true };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const earlier = error.Item?.['record']?.S;
    if (earlier === undefined) throw new Error('the table holds a decision without its record', { cause: error });
    return { decision: JSON.parse(earlier) as Decision, first: false };
  }
}

/** The decision on an application, or undefined. */
export async function readDecision(
  dynamo: DynamoDBClient,
  table: string,
  applicationId: string,
  { signal }: Deadline,
): Promise<Decision | undefined> {
  const { Item } = await dynamo.send(
    new GetItemCommand({ TableName: table, Key: { applicationId: { S: applicationId } }, ConsistentRead: true }),
    { abortSignal: signal },
  );
  const record = Item?.['record']?.S;
  return record === undefined ? undefined : (JSON.parse(record) as Decision);
}
