import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';

const rusage = fileURLToPath(new URL('rusage.py', import.meta.url));

/** What one run of a command cost: seconds of wall time, CPU seconds of the process tree, MiB of the largest process. */
export interface Cost {
  readonly wall: number;
  readonly cpu: number;
  readonly peakMiB: number;
}

export interface Command {
  readonly args: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs a command once. @throws Error if it fails: the cost of a failure is no figure. */
export function cost(command: Command): Cost {
  const output = execFileSync('python3', [rusage, ...command.args], {
    cwd: command.cwd,
    env: { ...process.env, ...command.env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const result = JSON.parse(output) as Cost & { code: number };
  if (result.code !== 0) throw new Error(`${command.args.join(' ')} in ${command.cwd} ended with ${result.code}`);
  return result;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  const lower = sorted[sorted.length % 2 === 1 ? middle : middle - 1];
  if (upper === undefined || lower === undefined) throw new Error('the median of no values');
  return (lower + upper) / 2;
}

/**
 * Runs the subjects in turn (A B C, A B C, ...) so that drift of the machine's speed meets all alike.
 *
 * @returns for each subject the costs of its counted runs; one uncounted round warms caches.
 */
export function sideBySide<Name extends string>(
  subjects: Readonly<Record<Name, () => Cost>>,
  rounds: number,
): Record<Name, Cost[]> {
  const names = Object.keys(subjects) as Name[];
  const costs = Object.fromEntries(names.map((name) => [name, [] as Cost[]])) as unknown as Record<Name, Cost[]>;
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      const result = subjects[name]();
      process.stderr.write(
        `${round < 0 ? 'warm-up' : `round ${round + 1}/${rounds}`} ${name}: ${result.cpu.toFixed(2)} CPU s, ${result.wall.toFixed(2)} s\n`,
      );
      if (round >= 0) costs[name].push(result);
    }
  }
  return costs;
}

/** What a reader needs to judge the figures. */
export function conditions(rounds: number): Record<string, string | number> {
  return {
    rounds,
    statistic: 'median',
    node: process.version,
    processor: os.cpus()[0]?.model ?? 'unknown',
    cores: os.cpus().length,
    loadBefore: Number((os.loadavg()[0] ?? 0).toFixed(2)),
  };
}
