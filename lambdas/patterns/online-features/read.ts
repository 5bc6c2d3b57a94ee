import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { type Deadline, within } from '../resilience/deadline.ts';
import { entitiesOf, type Groups } from './events.ts';
import {
  type Counts,
  countsBefore,
  type MonthItem,
  monthOf,
  monthsBefore,
  type OnlineFeatures,
  ofHistory,
} from './windows.ts';

/** Where counts are kept, by `entity` and `month`. */
export interface FeatureTable {
  readonly dynamo: DynamoDBClient;
  readonly table: string;
  /**
   * Longest that a decision waits for its online features. Milliseconds.
   * @default 200
   */
  readonly longestReadMs?: number;
}

/**
 * The counts of an application's groups as they were known when its day began: three queries side by side, each of at
 * most 37 items of 31 days, and as many that the back-fill made.
 *
 * It never rejects. A store that is slow or down gives undefined, the features are then not known, and the decision
 * goes on.
 */
export async function readOnlineFeatures(
  store: FeatureTable,
  groups: Groups,
  day: string,
  deadline: Deadline,
): Promise<OnlineFeatures | undefined> {
  const { applicant, sector, state } = entitiesOf(groups);
  const soon = within(deadline, store.longestReadMs ?? 200);
  const read = (entity: string) => countsOf(store, entity, day, soon);
  try {
    const counts = await Promise.all([read(applicant), read(sector), read(state)]);
    return { applicant: counts[0], sector: counts[1], state: counts[2] };
  } catch {
    // Whatever it was, the caller has one thing to do: decide without.
    return undefined;
  }
}

async function countsOf(
  { dynamo, table }: FeatureTable,
  entity: string,
  day: string,
  { signal }: Deadline,
): Promise<Counts> {
  const [from, to] = monthsBefore(day);
  const { Items = [] } = await dynamo.send(
    new QueryCommand({
      TableName: table,
      // A month is a reserved word of DynamoDB.
      KeyConditionExpression: 'entity = :entity AND #month BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#month': 'month' },
      ExpressionAttributeValues: { ':entity': { S: entity }, ':from': { S: from }, ':to': { S: `${to}${ofHistory}` } },
    }),
    { abortSignal: signal },
  );
  return countsBefore(Items.map(monthItem), day);
}

function monthItem(item: Record<string, AttributeValue>): MonthItem {
  const counts = Object.entries(item).flatMap(([name, { N }]) => (N === undefined ? [] : [[name, Number(N)] as const]));
  return { month: monthOf(item['month']?.S ?? ''), counts: Object.fromEntries(counts) };
}
