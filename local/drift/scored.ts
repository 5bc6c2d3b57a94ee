import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Value } from '../../lambdas/patterns/drift/bins.ts';
import { monthNumber } from '../../lambdas/patterns/drift/outcomes.ts';

/** A loan with its score and, for the replay alone, what became of it. */
export interface ScoredLoan {
  /** Month of the application, as `monthNumber` counts. */
  readonly month: number;
  /** Month in which the bank knew the outcome. */
  readonly knownMonth: number;
  readonly defaulted: boolean;
  /** Whether the model has learned from it. */
  readonly training: boolean;
  readonly probability: number;
  /** US dollars. */
  readonly amount: number;
  readonly chargedOff: number;
  readonly features: Readonly<Record<string, Value>>;
}

const own = ['submittedAt', 'knownAt', 'defaulted', 'training', 'probability', 'requestedAmount', 'chargedOff'];

/**
 * Reads the CSV file that `trainer.online scored` writes.
 *
 * @throws Error that names the columns that are missing
 */
export async function readScored(file: string): Promise<ScoredLoan[]> {
  const lines = createInterface({ input: createReadStream(file) })[Symbol.asyncIterator]();
  const header = String((await lines.next()).value ?? '').split(',');
  const missing = own.filter((name) => !header.includes(name));
  if (missing.length > 0)
    throw new Error(`${file} has no column ${missing.join(', ')}: write it by trainer.online scored`);
  const loans: ScoredLoan[] = [];
  for (let line = await lines.next(); !line.done; line = await lines.next()) loans.push(loanOf(header, line.value));
  return loans;
}

function loanOf(header: readonly string[], line: string): ScoredLoan {
  const cells = line.split(',');
  const cell = (name: string) => cells[header.indexOf(name)] ?? '';
  const features = header.flatMap((name, place) => (own.includes(name) ? [] : [[name, valueIn(name, cells[place])]]));
  return {
    month: monthNumber(cell('submittedAt')),
    knownMonth: monthNumber(cell('knownAt')),
    defaulted: cell('defaulted') === '1',
    training: cell('training') === '1',
    probability: Number(cell('probability')),
    amount: Number(cell('requestedAmount')),
    chargedOff: Number(cell('chargedOff')),
    features: { ...Object.fromEntries(features), amount: Number(cell('requestedAmount')) },
  };
}

/** A code of digits, such as that of an industry, is a name and no number. */
const codes = new Set(['sector', 'state', 'urbanRural']);

function valueIn(name: string, cell: string | undefined): Value {
  if (!cell) return null;
  if (cell === 'true' || cell === 'false') return cell === 'true';
  return codes.has(name) ? cell : Number(cell);
}
