import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Deadline } from '../resilience/deadline.ts';

export interface FirstWrite {
  readonly dynamo: DynamoDBClient;
  readonly table: string;
  /** Name and value of the table's partition key: by what a repeat is recognised. */
  readonly key: readonly [name: string, value: string];
  /** What is kept, as text, so that it stays the same to the byte. */
  readonly record: string;
  /** Attributes beside the record, for indexes and for people. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** The record that holds, and whether it is the one just written. */
export interface Written {
  readonly record: string;
  readonly first: boolean;
}

/**
 * Writes a record unless its key has one: the first write wins, for good.
 *
 * This is the whole of exactly-once here. Work that may be repeated (ask a model, compute) comes before it and changes
 * nothing; what must not be repeated comes after it, follows from the record that holds, and is itself written under a
 * name that follows from it. So there is no lock that a slow invocation could outlive, nothing to release and nothing
 * to delete: however late a write comes, its own condition is its fence. A lease with an owner's token would be fenced
 * as well, but it makes a record wait for the lease of an invocation that died, and a repeat is only worth that
 * where the work before the write is dear.
 *
 * @throws Error if the write is refused for another reason than an earlier record
 */
export async function firstWrite(
  { dynamo, table, key: [name, value], record, attributes }: FirstWrite,
  { signal }: Deadline,
): Promise<Written> {
  try {
    await dynamo.send(
      new PutItemCommand({
        TableName: table,
        Item: { ...attributes, [name]: { S: value }, record: { S: record } },
        ConditionExpression: `attribute_not_exists(${name})`,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
      { abortSignal: signal },
    );
    return { record, first: true };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const earlier = error.Item?.['record']?.S;
    if (earlier === undefined) throw new Error(`${table} holds an item without its record`, { cause: error });
    return { record: earlier, first: false };
  }
}
