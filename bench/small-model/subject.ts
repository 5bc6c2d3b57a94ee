import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Features } from '../../lambdas/patterns/features/features.ts';
import type { Encoding } from '../../lambdas/patterns/model-registry/registry.ts';

/** The probability of default of one application. */
export type Score = (features: Features) => number | Promise<number>;
/** Makes a model of a version's files ready. @param read the content of one of its files */
export type Load = (read: (name: string) => Buffer, encodings: readonly Encoding[]) => Score | Promise<Score>;

/** What a subject was seen to do. */
export interface Seen {
  readonly probabilities: readonly number[];
  /** CPU microseconds of a score, once its code is compiled. */
  readonly micros: number;
}

/**
 * A candidate for the inside of a function, as a program of its own: `node SUBJECT VERSION FEATURES` scores each row of
 * the file FEATURES with the version in the folder VERSION, and prints what was `Seen`.
 */
export async function subject(load: Load): Promise<void> {
  const [version = '', file = ''] = process.argv.slice(2);
  const read = (name: string) => readFileSync(path.join(version, name));
  const { encodings } = JSON.parse(read('manifest.json').toString()) as { encodings: readonly Encoding[] };
  const rows = JSON.parse(readFileSync(file, 'utf8')) as readonly Features[];
  const score = await load(read, encodings);
  const probabilities = await scoreAll(score, rows);
  const before = process.cpuUsage();
  if (rows.length > 1) await scoreAll(score, rows);
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ probabilities, micros: (user + system) / rows.length } satisfies Seen));
}

async function scoreAll(score: Score, rows: readonly Features[]): Promise<readonly number[]> {
  const found: number[] = [];
  for (const row of rows) {
    const probability = score(row);
    // Waiting for what is there already would be counted as the candidate's time.
    found.push(typeof probability === 'number' ? probability : await probability);
  }
  return found;
}
