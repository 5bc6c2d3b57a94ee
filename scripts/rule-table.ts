// Writes the table of rules into docs/gate.md: `node scripts/rule-table.ts`.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rules } from '../lib/gate/rules/index.ts';
import { root } from './root.ts';

const begin = '<!-- rules: begin -->';
const end = '<!-- rules: end -->';

/** The page that holds the table. */
export const gatePage = path.join(root, 'docs/gate.md');

/** The page with the table of today's rules between its marks. @throws Error if the marks are not there */
export function withRuleTable(text: string): string {
  const [before, , after] = text.split(new RegExp(`${begin}|${end}`));
  if (before === undefined || after === undefined)
    throw new Error(`${gatePage}: put the table between ${begin} and ${end}`);
  return `${before}${begin}\n${table()}\n${end}${after}`;
}

function table(): string {
  const rows = rules.map(({ id, promise, evidenceFor, fix }) => `| ${id} | ${promise} | ${evidenceFor} | \`${fix}\` |`);
  return ['| rule | promise | evidence for | the line that keeps it |', '|---|---|---|---|', ...rows].join('\n');
}

if (import.meta.main) writeFileSync(gatePage, withRuleTable(readFileSync(gatePage, 'utf8')));
