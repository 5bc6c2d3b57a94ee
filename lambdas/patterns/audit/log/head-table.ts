import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Head, HeadStore } from './store.ts';

const headKey = { id: { S: 'head' } };

/** The head of the log as an item of the ledger. */
export function headTable(dynamo: DynamoDBClient, table: string, signal: AbortSignal): HeadStore {
  const update = async (
    expression: string,
    condition: string,
    values: Record<string, AttributeValue>,
  ): Promise<boolean> => {
    try {
      await dynamo.send(
        new UpdateItemCommand({
          TableName: table,
          Key: headKey,
          UpdateExpression: expression,
          ConditionExpression: condition,
          // Words of the table's own language among the names.
          ExpressionAttributeNames: { '#size': 'size', ...(expression.includes('#root') && { '#root': 'root' }) },
          ExpressionAttributeValues: values,
        }),
        { abortSignal: signal },
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };
  return {
    read: async () => {
      const { Item } = await dynamo.send(new GetItemCommand({ TableName: table, Key: headKey, ConsistentRead: true }), {
        abortSignal: signal,
      });
      return Item && headOf(Item);
    },
    move: async (from, to) => {
      const values: Record<string, AttributeValue> = {
        ':size': { N: String(to.size) },
        ':root': { B: to.root },
        ':staged': { S: to.staged },
        ':published': { N: String(to.published) },
      };
      const set = 'SET #size = :size, #root = :root, staged = :staged, published = :published';
      if (!from) return update(set, 'attribute_not_exists(#size)', values);
      const known = { ':fromSize': { N: String(from.size) }, ':fromStaged': { S: from.staged } };
      // If the answer to this was lost and it was sent again, the condition fails though the head is moved. No harm:
      // whoever reads the head next finds it moved, and finishes.
      return update(set, '#size = :fromSize AND staged = :fromStaged', { ...values, ...known });
    },
    markPublished: async ({ size }) => {
      await update('SET published = :published', '#size = :published', { ':published': { N: String(size) } });
    },
  };
}

function headOf(item: Record<string, AttributeValue>): Head {
  const [size, published] = [Number(item['size']?.N), Number(item['published']?.N)];
  const [root, staged] = [item['root']?.B, item['staged']?.S];
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(published) || !root || !staged) {
    throw new Error('the head of the log is not of its form: restore the ledger to a point in time before this');
  }
  return { size, published, root, staged };
}
