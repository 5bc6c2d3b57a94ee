import type { Surroundings } from '../../lambdas/patterns/resilience/surroundings.ts';

/** A clock that goes on only from one sleeper to the next, and chance from a seed: a run is the same every time. */
export interface VirtualTime extends Surroundings {
  /** Lets everything happen that is due up to a time. Milliseconds since 1970. */
  runUntil(end: number): Promise<void>;
}

interface Sleeper {
  readonly at: number;
  readonly order: number;
  wake(): void;
}

/** @param start milliseconds since 1970 */
export function virtualTime(seed: number, start = 1_700_000_000_000): VirtualTime {
  const sleepers: Sleeper[] = [];
  let now = start;
  let order = 0;
  return {
    now: () => now,
    random: mulberry32(seed),
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const stop = () => reject(signal?.reason as Error);
        signal?.addEventListener('abort', stop, { once: true });
        const wake = () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        };
        push(sleepers, { at: now + Math.max(0, milliseconds), order: order++, wake });
      }),
    runUntil: async (end) => {
      await settled();
      for (let next = sleepers[0]; next && next.at <= end; next = sleepers[0]) {
        pop(sleepers);
        now = next.at;
        next.wake();
        await settled();
      }
      now = end;
    },
  };
}

/** All that follows from what has happened, without time going on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Tommy Ettinger's generator of 32 bits, public domain. @returns numbers from 0 up to 1 */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function before(a: Sleeper, b: Sleeper): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** A binary heap with the next to wake at its top. */
function push(heap: Sleeper[], sleeper: Sleeper): void {
  let index = heap.push(sleeper) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (before(heap[parent] as Sleeper, sleeper)) break;
    heap[index] = heap[parent] as Sleeper;
    index = parent;
  }
  heap[index] = sleeper;
}

function pop(heap: Sleeper[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const right = left + 1;
    if (left >= heap.length) break;
    const child = right < heap.length && before(heap[right] as Sleeper, heap[left] as Sleeper) ? right : left;
    if (before(last, heap[child] as Sleeper)) break;
    heap[index] = heap[child] as Sleeper;
    index = child;
  }
  heap[index] = last;
}
