import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findPython, findUv } from '../scripts/python.ts';
import { root } from '../scripts/root.ts';
import { type Bench, type Comparison, compare } from './comparison.ts';
import { type Cost, conditions, cost, median, sideBySide } from './measure.ts';

const folder = path.join(root, '.state/bench/history-job');
const script = path.join(root, 'jobs/bench/history_job.py');
const loans = path.join(root, '.state/data/gbc_model/datasets/train.csv');

const pandas = ['--with', 'pandas==3.1.1', '--with', 'pyarrow==26.0.1'];
const readAndWrite =
  'import sys, pandas; pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False).to_parquet(sys.argv[2])';

/** CPU seconds of the history job over the real loans, beside a plain Spark read and write of them, and pandas. */
export const historyJob: Bench = {
  summary: 'CPU seconds of the history job over 0.9 M loans, beside plain Spark and pandas',
  run: () => over('history-job', 899_164, (subjects) => sideBySide(subjects, 3)),
};

export const historyJob10M: Bench = {
  summary: 'the same over 10 M loans: copies of the real ones under numbers of their own',
  run: () => over('history-job-10m', 10_000_000, eachOnce),
};

type Subjects = Readonly<Record<'ours' | 'plain' | 'pandas', () => Cost>>;
type Measure = (subjects: Subjects) => Readonly<Record<keyof Subjects, readonly Cost[]>>;

async function over(name: string, rows: number, measure: Measure): Promise<Comparison> {
  if (!existsSync(loans)) throw new Error(`there is no ${loans}: \`npm run history\` fetches it`);
  mkdirSync(folder, { recursive: true });
  const uv = await findUv(await findPython());
  const csv = rows === 899_164 ? loans : copies(rows);
  const costs = measure({
    ours: () => spark('ours', csv),
    plain: () => spark('plain', csv),
    pandas: () => {
      const target = path.join(emptied('pandas'), 'loans.parquet');
      const command = [uv, 'run', '--no-project', ...pandas, 'python', '-c', readAndWrite, csv, target] as const;
      return cost({ args: [...command], cwd: root });
    },
  });
  const of = (subject: keyof Subjects, figure: keyof Cost) => median(costs[subject].map((each) => each[figure]));
  return compare({
    name,
    unit: 'CPU s',
    ours: of('ours', 'cpu'),
    peers: { 'plain Spark': of('plain', 'cpu'), pandas: of('pandas', 'cpu') },
    aim: { 'plain Spark': 1.5 },
    conditions: {
      ...conditions(costs.ours.length),
      rows,
      'rows per CPU second': Math.round(rows / of('ours', 'cpu')),
      'rows per second': Math.round(rows / of('ours', 'wall')),
      'peak MiB': of('ours', 'peakMiB').toFixed(0),
      'peak MiB, plain Spark': of('plain', 'peakMiB').toFixed(0),
      'peak MiB, pandas': of('pandas', 'peakMiB').toFixed(0),
    },
  });
}

/** Such a run is long enough for caches and warm-up not to matter. */
function eachOnce(subjects: Subjects): Record<keyof Subjects, Cost[]> {
  return { ours: [subjects.ours()], plain: [subjects.plain()], pandas: [subjects.pandas()] };
}

function spark(what: 'ours' | 'plain', csv: string): Cost {
  const args = [path.join(root, 'jobs/.venv/bin/python'), script, what, csv, emptied(what)] as const;
  return cost({ args: [...args], cwd: root, env: { PYTHONPATH: root, SPARK_LOCAL_IP: '127.0.0.1' } });
}

function copies(rows: number): string {
  const target = path.join(folder, `loans-${rows}.csv`);
  if (existsSync(target)) return target;
  const python = path.join(root, 'jobs/.venv/bin/python');
  cost({ args: [python, script, 'copies', loans, String(rows), target], cwd: root, env: { PYTHONPATH: root } });
  return target;
}

function emptied(name: string): string {
  const target = path.join(folder, name);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  return target;
}
