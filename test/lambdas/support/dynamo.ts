/** An attribute in the wire form of DynamoDB. */
export interface Attribute {
  readonly S?: string;
  readonly N?: string;
  readonly SS?: readonly string[];
}
export type Item = Readonly<Record<string, Attribute>>;

/** The part of a write's parameters that the condition depends on. */
export interface Conditional {
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeValues?: Readonly<Record<string, Attribute>>;
}

/** Whether the condition of a write holds: `attribute_not_exists`, `=`, `<`, `<=` and `>=`, joined by AND within OR. */
export function holds(write: Conditional, item: Item | undefined): boolean {
  if (!write.ConditionExpression) return true;
  return write.ConditionExpression.split(' OR ').some((group) =>
    group
      .replace(/^\((.*)\)$/, '$1')
      .split(' AND ')
      .every((term) => termHolds(term, write.ExpressionAttributeValues ?? {}, item)),
  );
}

function termHolds(term: string, values: Readonly<Record<string, Attribute>>, item: Item | undefined): boolean {
  const absent = /^attribute_not_exists\((\w+)\)$/.exec(term)?.[1];
  if (absent) return item?.[absent] === undefined;
  const [, name = '', operator, value = ''] = /^(\w+) (=|<|<=|>=) (:\w+)$/.exec(term) ?? [];
  const given = item?.[name];
  const wanted = values[value];
  if (!wanted || !operator) throw new Error(`the fake table does not know the condition ${term}`);
  if (!given) return false;
  const same = plain(given) === plain(wanted);
  if (operator === '=') return same;
  const less = plain(given) < plain(wanted);
  return operator === '>=' ? !less : less || (operator === '<=' && same);
}

function plain(attribute: Attribute): string | number {
  return attribute.N === undefined ? String(attribute.S) : Number(attribute.N);
}

/** The part of an update's parameters that says what it does. */
export interface Updating extends Conditional {
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
}

/** The item after an update: `SET`, `ADD` of numbers and sets, and `REMOVE`. */
export function updated(update: Updating, item: Item): Item {
  const expression = (update.UpdateExpression ?? '').replaceAll(
    /#\w+/g,
    (name) => update.ExpressionAttributeNames?.[name] ?? name,
  );
  const after: Record<string, Attribute> = { ...item };
  for (const [, clause, actions = ''] of expression.matchAll(/(SET|ADD|REMOVE) (.*?)(?= (?:SET|ADD|REMOVE) |$)/g)) {
    for (const action of actions.split(', ')) apply(String(clause), action, after, item, update);
  }
  return after;
}

function apply(clause: string, action: string, after: Record<string, Attribute>, item: Item, update: Updating): void {
  const [name = '', operand = ''] = action.split(clause === 'SET' ? ' = ' : ' ');
  if (clause === 'REMOVE') {
    delete after[name];
    return;
  }
  const value = operand.startsWith(':') ? update.ExpressionAttributeValues?.[operand] : item[operand];
  if (!value) throw new Error(`the stand-in of a table has no value for ${action}`);
  after[name] = clause === 'SET' ? value : sum(item[name], value);
}

function sum(before: Attribute | undefined, more: Attribute): Attribute {
  if (more.SS) return { SS: [...new Set([...(before?.SS ?? []), ...more.SS])] };
  return { N: String(Number(before?.N ?? 0) + Number(more.N)) };
}
