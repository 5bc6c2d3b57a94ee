/** A rule of a quality definition such as `schemas/loan-quality.json`. */
export interface QualityRule {
  readonly check: string;
  /** The field that it is about. */
  readonly column?: string;
  /** Share of the rows that must pass; 1 unless given. */
  readonly atLeast?: number;
  readonly pattern?: string;
  readonly from?: number | string;
  /** A bound; of a check `refers` the name of the list of allowed values. */
  readonly to?: number | string;
  readonly other?: string;
  readonly prefix?: number;
}

export interface QualityDefinition {
  readonly rules: readonly QualityRule[];
  /** Allowed values by the name of their list, separated by spaces. */
  readonly references: Readonly<Record<string, string>>;
}

/** Checks that need to know the last file: a rule set of the catalogue has no memory, so the job alone makes them. */
const withMemory = new Set(['rows against last', 'distribution against last']);

/**
 * The rules in Glue's data quality definition language (DQDL), for the table that the job has written.
 *
 * As in the job a value that is not there fails no rule but completeness.
 *
 * @param columnOf name of a field's column in the table
 * @throws Error for a check that is not known
 */
export function toDqdl({ rules, references }: QualityDefinition, columnOf: (field: string) => string): string {
  const clauses = rules
    .filter(({ check }) => !withMemory.has(check))
    .flatMap((rule) => clausesOf(rule, references, columnOf));
  return `Rules = [\n  ${clauses.join(',\n  ')}\n]`;
}

function clausesOf(
  rule: QualityRule,
  references: QualityDefinition['references'],
  columnOf: (field: string) => string,
): string[] {
  const { check, atLeast = 1, from, to } = rule;
  const name = rule.column === undefined ? '' : columnOf(rule.column);
  const column = `"${name}"`;
  const threshold = atLeast < 1 ? ` with threshold >= ${atLeast}` : '';
  const values = (condition: string) => `ColumnValues ${column} ${condition} where "${name} is not null"${threshold}`;
  switch (check) {
    case 'complete':
      return [atLeast < 1 ? `Completeness ${column} >= ${atLeast}` : `IsComplete ${column}`];
    case 'unique':
      return [`IsUnique ${column}`];
    case 'matches':
      return [values(`matches "${rule.pattern}"`)];
    case 'range':
      return [
        ...(from === undefined ? [] : [values(`>= ${bound(from)}`)]),
        ...(to === undefined ? [] : [values(`<= ${bound(to)}`)]),
      ];
    case 'at most':
      return [failing(`${name} > ${columnOf(rule.other ?? '')}`)];
    case 'refers':
      return [referring(rule, name, (references[String(to)] ?? '').split(' '), atLeast)];
    case 'rows':
      return [`RowCount >= ${from}`];
    default:
      throw new Error(`toDqdl: the check is ${JSON.stringify(check)}: add it here and to the job's quality.py`);
  }
}

/** A day, or `today`; numbers are as they are. */
function bound(value: number | string): string {
  if (typeof value === 'number') return String(value);
  return value === 'today' ? 'now()' : `"${value}"`;
}

function failing(condition: string): string {
  return `CustomSql "select count(*) from primary where ${condition}" = 0`;
}

function referring({ prefix }: QualityRule, column: string, allowed: readonly string[], atLeast: number): string {
  const value = prefix === undefined ? column : `substring(${column}, 1, ${prefix})`;
  const list = allowed.map((each) => `'${each}'`).join(', ');
  return `CustomSql "select avg(case when ${column} is null or ${value} in (${list}) then 1.0 else 0.0 end) from primary" >= ${atLeast}`;
}
