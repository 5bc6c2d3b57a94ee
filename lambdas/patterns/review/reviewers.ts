import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Deadline } from '../resilience/deadline.ts';

/** Who is there, and how they have judged of late; by ids that are no names. */
export interface Reviewers {
  /** Notes that somebody is there; at most one write a minute for each. */
  seen(reviewer: string, now: Date, deadline: Deadline): Promise<void>;
  /** How many were there since an instant. */
  presentSince(instant: Date, deadline: Deadline): Promise<number>;
  /** Changes a reviewer's marks, see `addMark`. @returns the marks as they are then */
  mark(reviewer: string, change: (marks: string) => string, deadline: Deadline): Promise<string>;
}

const noteEveryMs = 60_000;
/** All reviewers are in one partition: there are some hundreds at most, and one query finds who is there. */
const team = { S: 'reviewers' };

/** The reviewers in a DynamoDB table with the key `team`, `reviewer`. */
export function dynamoReviewers(dynamo: DynamoDBClient, table: string): Reviewers {
  const keyOf = (reviewer: string) => ({ team, reviewer: { S: reviewer } });

  async function setMarks(reviewer: string, before: string, after: string, { signal }: Deadline): Promise<boolean> {
    try {
      await dynamo.send(
        new UpdateItemCommand({
          TableName: table,
          Key: keyOf(reviewer),
          UpdateExpression: 'SET marks = :after',
          ConditionExpression: before === '' ? 'attribute_not_exists(marks)' : 'marks = :before',
          ExpressionAttributeValues: { ':after': { S: after }, ...(before !== '' && { ':before': { S: before } }) },
        }),
        { abortSignal: signal },
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  return {
    seen: async (reviewer, now, { signal }) => {
      try {
        await dynamo.send(
          new UpdateItemCommand({
            TableName: table,
            Key: keyOf(reviewer),
            UpdateExpression: 'SET seenAt = :now',
            ConditionExpression: 'attribute_not_exists(seenAt) OR seenAt < :before',
            ExpressionAttributeValues: {
              ':now': { N: String(now.getTime()) },
              ':before': { N: String(now.getTime() - noteEveryMs) },
            },
          }),
          { abortSignal: signal },
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
    presentSince: async (instant, { signal }) => {
      const { Count = 0 } = await dynamo.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'team = :team',
          FilterExpression: 'seenAt >= :since',
          ExpressionAttributeValues: { ':team': team, ':since': { N: String(instant.getTime()) } },
          Select: 'COUNT',
        }),
        { abortSignal: signal },
      );
      return Count;
    },
    mark: async (reviewer, change, deadline) => {
      for (;;) {
        const { Item } = await dynamo.send(
          new GetItemCommand({ TableName: table, Key: keyOf(reviewer), ConsistentRead: true }),
          { abortSignal: deadline.signal },
        );
        const before = Item?.['marks']?.S ?? '';
        const after = change(before);
        if (after === before || (await setMarks(reviewer, before, after, deadline))) return after;
      }
    },
  };
}
