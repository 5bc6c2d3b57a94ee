import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Loans } from './data.ts';
import type { Report } from './report.ts';
import type { Run } from './runs.ts';
import { say } from './say.ts';
import type { Trainer } from './trainer.ts';

/** The years whose applications are sent: later ones have not matured. */
const period = ['--first', '2004-01-01', '--last', '2009-12-31'];

/** Applications to send, and how their loans ended, which nobody knows who decides on them. */
export interface Replay {
  readonly data: Report['data'];
  /** One JSON document a line, in order of time. */
  readonly applications: string;
  /** CSV file of applicationId, defaulted, and the days on which it ended so and was known to. */
  readonly outcomes: string;
}

/** @param limit number of applications, an even sample over the years; undefined takes all */
export async function prepareReplay(
  run: Run,
  { csv, source }: Loans,
  limit: number | undefined,
  train: Trainer,
): Promise<Replay> {
  const applications = path.join(run.folder, 'applications.jsonl');
  const outcomes = path.join(run.folder, 'outcomes.csv');
  const sample = limit === undefined ? [] : ['--limit', String(limit)];
  const files = ['--csv', csv, '--out', applications, '--outcomes', outcomes];
  const found = await train<Omit<Report['data'], 'source'>>('applications', [...files, ...period, ...sample]);
  const { available, from, to } = found;
  say('data', `${available} applications from ${from} to ${to}`);
  return { data: { source, available, from, to }, applications, outcomes };
}

/** How a loan ended, and since when the bank knew. */
export interface Ending {
  readonly defaulted: boolean;
  /** YYYY-MM-DD. */
  readonly occurredAt: string;
  readonly knownAt: string;
}

/** How the loan of each application ended, where that is known. */
export async function readOutcomes({ outcomes }: Replay): Promise<Map<string, Ending>> {
  const [, ...rows] = (await readFile(outcomes, 'utf8')).trim().split('\n');
  return new Map(
    rows.map((row) => {
      const [id = '', defaulted, occurredAt = '', knownAt = ''] = row.split(',');
      return [id, { defaulted: defaulted === '1', occurredAt, knownAt }];
    }),
  );
}
