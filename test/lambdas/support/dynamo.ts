/** An attribute in the wire form of DynamoDB. */
export type Attribute = { readonly S: string; readonly N?: never } | { readonly N: string; readonly S?: never };
export type Item = Readonly<Record<string, Attribute>> & { readonly applicationId: { readonly S: string } };

/** The part of a write's parameters that the condition depends on. */
export interface Conditional {
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeValues?: Readonly<Record<string, Attribute>>;
}

/** Whether the condition of a write holds: `attribute_not_exists`, `=`, `<` and `<=`, joined by AND within OR. */
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
  const [, name = '', operator, value = ''] = /^(\w+) (=|<|<=) (:\w+)$/.exec(term) ?? [];
  const given = item?.[name];
  const wanted = values[value];
  if (!wanted || !operator) throw new Error(`the fake table does not know the condition ${term}`);
  if (!given) return false;
  const same = plain(given) === plain(wanted);
  if (operator === '=') return same;
  return plain(given) < plain(wanted) || (operator === '<=' && same);
}

function plain(attribute: Attribute): string | number {
  return attribute.N === undefined ? attribute.S : Number(attribute.N);
}
