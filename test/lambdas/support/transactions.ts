import { type Attribute, type Conditional, holds, type Item } from './dynamo.ts';

/** One write of a transaction, in the wire form of DynamoDB. */
interface Write extends Conditional {
  readonly TableName: string;
  readonly Item?: Record<string, Attribute>;
  readonly Key?: Record<string, Attribute>;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
}

export interface TransactionParameters {
  readonly TransactItems?: readonly Readonly<Record<string, Write>>[];
}

export interface QueryParameters {
  readonly TableName?: string;
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, Attribute>>;
}

type Items = Map<string, Item>;

/** The attributes that name an item, by table; a table that is not here is named by `applicationId`. */
const keys: Readonly<Record<string, readonly [string, string]>> = {
  outcomes: ['applicationId', 'version'],
  features: ['entity', 'month'],
};

const text = (attribute: Attribute | undefined) => attribute?.S ?? attribute?.N ?? '';

function placeOf(table: string, item: Readonly<Record<string, Attribute>>): string {
  const [partition, sort] = keys[table] ?? ['applicationId'];
  return [table, text(item[partition]), ...(sort ? [text(item[sort])] : [])].join('/');
}

/** Makes all writes or none. @returns undefined, or why each write was or was not to blame */
export function transact(
  items: Items,
  { TransactItems = [] }: TransactionParameters,
): readonly { Code: string }[] | undefined {
  const writes = TransactItems.map((entry) => Object.values(entry)[0] as Write);
  const places = writes.map((write) => placeOf(write.TableName, write.Item ?? write.Key ?? {}));
  if (new Set(places).size < places.length) throw new Error('a transaction can not touch an item twice');
  const reasons = writes.map((write, index) => holds(write, items.get(places[index] as string)));
  if (reasons.includes(false)) return reasons.map((held) => ({ Code: held ? 'None' : 'ConditionalCheckFailed' }));
  for (const [index, write] of writes.entries()) apply(items, places[index] as string, write);
  return undefined;
}

function apply(items: Items, place: string, write: Write): void {
  if (write.Item) items.set(place, write.Item as Item);
  if (!write.UpdateExpression) return;
  const item: Record<string, Attribute> = { ...write.Key, ...items.get(place) };
  for (const [, name = '', value = ''] of write.UpdateExpression.matchAll(/(#\w+) (:\w+)/g)) {
    const attribute = write.ExpressionAttributeNames?.[name] ?? name;
    const added = Number(text(item[attribute]) || 0) + Number(text(write.ExpressionAttributeValues?.[value]));
    item[attribute] = { N: String(added) };
  }
  items.set(place, item as Item);
}

/** The items of a partition, in order of their sort key: all, or those between two. */
export function query(items: Items, parameters: QueryParameters): Item[] {
  const { TableName = '', KeyConditionExpression = '', ExpressionAttributeValues: values = {} } = parameters;
  const [partition, sort] = keys[TableName] ?? ['applicationId', 'applicationId'];
  const condition = KeyConditionExpression.replace(
    /#\w+/g,
    (name) => parameters.ExpressionAttributeNames?.[name] ?? name,
  );
  const parts = /^(\w+) = (:\w+)(?: AND (\w+) BETWEEN (:\w+) AND (:\w+))?$/.exec(condition);
  if (parts?.[1] !== partition || (parts[3] ?? sort) !== sort) {
    throw new Error(`the stand-in of the cloud does not know the query ${KeyConditionExpression}`);
  }
  const [, , is = '', between, from = '', to = ''] = parts;
  return [...items]
    .filter(([place]) => place.startsWith(`${TableName}/${text(values[is])}/`))
    .map(([, item]) => item)
    .filter((item) => !between || (text(item[sort]) >= text(values[from]) && text(item[sort]) <= text(values[to])))
    .toSorted((a, b) => text(a[sort]).localeCompare(text(b[sort]), 'en', { numeric: true }));
}
