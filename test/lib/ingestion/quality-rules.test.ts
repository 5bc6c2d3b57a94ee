import { expect, test } from 'vitest';
import { type QualityRule, toDqdl } from '../../../lib/ingestion/quality-rules.ts';
import quality from '../../../schemas/loan-quality.json' with { type: 'json' };

const references = { states: 'CA NY' };
const dqdl = (...rules: QualityRule[]) => toDqdl({ rules, references }, (field) => field.toLowerCase());

test.each<[QualityRule, string]>([
  [{ check: 'complete', column: 'Amount' }, 'IsComplete "amount"'],
  [{ check: 'complete', column: 'Amount', atLeast: 0.95 }, 'Completeness "amount" >= 0.95'],
  [{ check: 'unique', column: 'Id' }, 'IsUnique "id"'],
  [
    { check: 'matches', column: 'Id', pattern: '^[0-9]+$', atLeast: 0.9 },
    'ColumnValues "id" matches "^[0-9]+$" where "id is not null" with threshold >= 0.9',
  ],
  [
    { check: 'range', column: 'Amount', from: 1, to: 9 },
    'ColumnValues "amount" >= 1 where "amount is not null",\n  ColumnValues "amount" <= 9 where "amount is not null"',
  ],
  [{ check: 'range', column: 'Day', to: 'today' }, 'ColumnValues "day" <= now() where "day is not null"'],
  [
    { check: 'at most', column: 'Part', other: 'Whole' },
    'CustomSql "select count(*) from primary where part > whole" = 0',
  ],
  [
    { check: 'refers', column: 'State', to: 'states', prefix: 2, atLeast: 0.99 },
    "CustomSql \"select avg(case when state is null or substring(state, 1, 2) in ('CA', 'NY') then 1.0 else 0.0 end) from primary\" >= 0.99",
  ],
  [{ check: 'rows', from: 1 }, 'RowCount >= 1'],
])('%o', (rule, clause) => {
  expect(dqdl(rule)).toBe(`Rules = [\n  ${clause}\n]`);
});

test('what compares with the last file is for the job alone', () => {
  expect(dqdl({ check: 'rows', from: 1 }, { check: 'rows against last', from: 0.5, to: 2 })).not.toContain('last');
});

test('a check that is not known is no rule that is silently left out', () => {
  expect(() => dqdl({ check: 'plausible' })).toThrow('the check is "plausible"');
});

test('every rule of the loans that needs no memory is in the rule set', () => {
  const rules = toDqdl(quality, (field) => field);
  for (const { check, column } of quality.rules) {
    if (column !== undefined && !check.endsWith('against last')) expect(rules).toContain(column);
  }
});
