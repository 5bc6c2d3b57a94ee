import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Decision } from './decision.ts';

/**
 * Records a decision unless the application already has one: the first write wins and is never overwritten,
 * however often and however late a record is delivered.
 *
 * @returns the decision that holds: the one given, or the earlier one
 */
export async function recordOnce(dynamo: DynamoDBClient, table: string, decision: Decision): Promise<Decision> {
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
    );
    return decision;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const earlier = error.Item?.['record']?.S;
    return earlier ? (JSON.parse(earlier) as Decision) : readDecided(dynamo, table, decision.applicationId);
  }
}

async function readDecided(dynamo: DynamoDBClient, table: string, applicationId: string): Promise<Decision> {
  const decision = await readDecision(dynamo, table, applicationId);
  if (!decision) throw new Error('a decision was there when writing and gone when reading');
  return decision;
}

/** The decision on an application, or undefined. */
export async function readDecision(
  dynamo: DynamoDBClient,
  table: string,
  applicationId: string,
): Promise<Decision | undefined> {
  const { Item } = await dynamo.send(
    new GetItemCommand({ TableName: table, Key: { applicationId: { S: applicationId } }, ConsistentRead: true }),
  );
  const record = Item?.['record']?.S;
  return record === undefined ? undefined : (JSON.parse(record) as Decision);
}
