import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { inDayIndex } from '../day-index/day-index.ts';
import { firstWrite } from '../once/first-write.ts';
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
  const { record, first } = await firstWrite(
    {
      dynamo,
      table,
      key: ['applicationId', decision.applicationId],
      record: JSON.stringify(decision),
      attributes: {
        outcome: { S: decision.outcome },
        decidedAt: { S: decision.decidedAt },
        ...inDayIndex(decision.decidedAt, decision.applicationId),
      },
    },
    deadline,
  );
  return { decision: first ? decision : (JSON.parse(record) as Decision), first };
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
