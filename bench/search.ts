import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { root } from '../scripts/root.ts';
import { type Bench, compare } from './comparison.ts';
import { loanHistory, setUp } from './loan-history.ts';
import { conditions, median } from './measure.ts';

interface Found {
  readonly auc: number;
  readonly cpu: number;
  /** CPU seconds until the grid's best quality was reached; null if it never was. */
  readonly cpuToGrid: number | null;
  readonly heldOutAuc: number;
}

interface SearchResult {
  readonly rows: number;
  readonly trials: number;
  readonly grid: Found;
  readonly methods: Readonly<Record<string, readonly Found[]>>;
  readonly workers: Readonly<Record<'1' | '2', { readonly wall: number; readonly cpu: number }>>;
}

/** CPU seconds until the grid's best quality, beside the whole grid; quality and parallel workers as conditions. */
export const search: Bench = {
  summary: "CPU seconds of TPE with pruning until the grid's best AUC, on the same space; Bayesian, quality, workers",
  async run() {
    await setUp('services/trainer');
    const folder = path.join(root, '.state/bench/search');
    const { csv } = await loanHistory({ folder, logs: folder });
    const python = path.join(root, 'services/trainer/.venv/bin/python');
    const output = execFileSync(python, ['bench/search.py', csv], {
      cwd: path.join(root, 'services/trainer'),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const found = JSON.parse(output) as SearchResult;
    // A search that never gets there has cost all of its time, and the aim is missed.
    const toGrid = (runs: readonly Found[]) => median(runs.map((run) => run.cpuToGrid ?? Number.POSITIVE_INFINITY));
    const { grid, methods, workers } = found;
    return compare({
      name: 'search',
      unit: 'CPU s',
      ours: toGrid(methods['tpe'] ?? []),
      peers: { 'the whole grid': grid.cpu },
      aim: { 'the whole grid': 0.25 },
      conditions: {
        ...conditions(methods['tpe']?.length ?? 0),
        rows: found.rows,
        trials: found.trials,
        'AUC, held-out AUC of the grid': `${grid.auc.toFixed(4)}, ${grid.heldOutAuc.toFixed(4)}`,
        ...Object.fromEntries(Object.entries(methods).map(([name, runs]) => [name, describe(runs)])),
        'two workers to one, wall': Number((workers['2'].wall / workers['1'].wall).toFixed(2)),
        'two workers to one, CPU': Number((workers['2'].cpu / workers['1'].cpu).toFixed(2)),
      },
    });
  },
};

function describe(runs: readonly Found[]): string {
  const each = (value: (run: Found) => number) => median(runs.map(value));
  const reached = runs.filter((run) => run.cpuToGrid !== null).length;
  return [
    `AUC ${each((run) => run.auc).toFixed(4)}`,
    `held out ${each((run) => run.heldOutAuc).toFixed(4)}`,
    `${each((run) => run.cpu).toFixed(0)} CPU s`,
    `the grid's best in ${reached} of ${runs.length} runs`,
    `after ${runs.map((run) => run.cpuToGrid?.toFixed(0) ?? 'never').join(', ')} CPU s`,
  ].join(', ');
}
