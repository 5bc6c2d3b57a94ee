import { type AttributeValue, DeleteItemCommand, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';

/** Where a person's data may be. */
export interface Place {
  readonly name: string;
  /** Removes what is the person's, and looks again. */
  erase(): Promise<Removal>;
}

/** How many items, objects or rows were removed, and how many of the person's are there still. */
export interface Removal {
  readonly removed: number;
  readonly left: number;
}

/** How a person's data is found in a place, by names of items or objects, and removed. */
export interface Searched {
  readonly name: string;
  find(): Promise<readonly string[]>;
  remove(found: readonly string[]): Promise<void>;
}

/** A place in which a person's data is looked for. */
export function searchedPlace({ name, find, remove }: Searched): Place {
  const erase = async (): Promise<Removal> => {
    const found = await find();
    await remove(found);
    return { removed: found.length, left: (await find()).length };
  };
  return { name, erase };
}

/** Ids of the applications of a person: those whose decision names the person's pseudonym. It reads the whole table. */
export async function applicationsOf(dynamo: DynamoDBClient, table: string, subject: string): Promise<string[]> {
  const pages = paginateScan(
    { client: dynamo },
    {
      TableName: table,
      ConsistentRead: true,
      ProjectionExpression: 'applicationId',
      FilterExpression: 'contains(#record, :subject)',
      ExpressionAttributeNames: { '#record': 'record' },
      ExpressionAttributeValues: { ':subject': { S: JSON.stringify(subject) } },
    },
  );
  const ids = new Set<string>();
  for await (const { Items = [] } of pages) for (const { applicationId } of Items) ids.add(applicationId?.S ?? '');
  return [...ids];
}

/** A table in which items may be a person's. */
export interface PersonalTable {
  readonly name: string;
  readonly table: string;
  /** The partition key, and the sort key if it has one. */
  readonly keys: readonly [string, string?];
  /** Whether a partition key is of the person. */
  isTheirs(value: string): boolean;
}

/** Whether a key is the id of one of the applications, or of a contest of one. */
export const idOfOne =
  (ids: readonly string[]) =>
  (value: string): boolean =>
    ids.some((id) => value === id || value.startsWith(`${id}-contest-`));

/** Whether a key of the online features counts the person, or marks that an application or its outcome was counted. */
export const countsOf =
  (subject: string, ids: readonly string[]) =>
  (value: string): boolean =>
    value === `applicant#${subject}` ||
    ids.some((id) => value === `counted#application/${id}` || value.startsWith(`counted#outcome/${id}/`));

/** Items of a table. It reads all of the table's keys. */
export function tablePlace(dynamo: DynamoDBClient, { name, table, keys, isTheirs }: PersonalTable): Place {
  const names = keys.filter((key) => key !== undefined);
  return searchedPlace({
    name,
    find: async () => {
      const found: string[] = [];
      const pages = paginateScan(
        { client: dynamo },
        {
          TableName: table,
          ConsistentRead: true,
          ProjectionExpression: names.map((_, index) => `#key${index}`).join(', '),
          ExpressionAttributeNames: Object.fromEntries(names.map((key, index) => [`#key${index}`, key])),
        },
      );
      for await (const { Items = [] } of pages) {
        found.push(...Items.filter((key) => isTheirs(key[keys[0]]?.S ?? '')).map((key) => JSON.stringify(key)));
      }
      return found;
    },
    remove: async (found) => {
      for (const key of found) {
        const Key = JSON.parse(key) as Record<string, AttributeValue>;
        await dynamo.send(new DeleteItemCommand({ TableName: table, Key }));
      }
    },
  });
}
