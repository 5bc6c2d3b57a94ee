import { realSurroundings, type Surroundings } from './surroundings.ts';

export interface BulkheadOptions {
  /** Tasks at a time: fewest, most, and at the start. */
  readonly least: number;
  readonly most: number;
  readonly initial: number;
  /** A task that takes longer has waited for others in what it calls. Milliseconds. */
  readonly targetMs: number;
  readonly surroundings?: Surroundings;
}

/** Runs tasks, so many at a time as what they call can take; the others start in the order they came. */
export interface Bulkhead {
  run<Result>(task: () => Promise<Result>): Promise<Result>;
  /** Tasks that may run at a time now. */
  limit(): number;
}

/** What is left of the limit after a sign of too much. */
const shrink = 0.9;

/**
 * The bulkhead inside a container; reserved concurrency is the one outside. The limit grows by one for each limit's
 * worth of tasks while it is made use of, and shrinks by a tenth with a task that failed or took too long (additive
 * increase, multiplicative decrease: Chiu and Jain, Analysis of the Increase and Decrease Algorithms, 1989).
 */
export function bulkhead(options: BulkheadOptions): Bulkhead {
  const { least, most, initial, targetMs, surroundings = realSurroundings } = options;
  let limit = initial;
  let running = 0;
  let shrunkAt = Number.NEGATIVE_INFINITY;
  const waiting: (() => void)[] = [];

  function adapt(began: number, ok: boolean, wasFull: boolean): void {
    const now = surroundings.now();
    if (ok && now - began <= targetMs) {
      if (wasFull) limit = Math.min(most, limit + 1 / limit);
      return;
    }
    // Tasks that began before the last shrinking tell of the limit before it.
    if (began < shrunkAt) return;
    shrunkAt = now;
    limit = Math.max(least, limit * shrink);
  }

  function letIn(): void {
    while (running < Math.floor(limit)) {
      const next = waiting.shift();
      if (!next) return;
      running++;
      next();
    }
  }

  return {
    limit: () => Math.floor(limit),
    run: async (task) => {
      if (running < Math.floor(limit)) running++;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      const began = surroundings.now();
      const wasFull = running >= Math.floor(limit);
      let ok = false;
      try {
        const result = await task();
        ok = true;
        return result;
      } finally {
        running--;
        adapt(began, ok, wasFull);
        letIn();
      }
    },
  };
}
