import { setTimeout as wait } from 'node:timers/promises';

/** Time and chance, injected so that tests and simulations decide them. */
export interface Surroundings {
  /** Milliseconds since 1970: instances compare them, so the clock is the wall's. */
  now(): number;
  /** From 0 up to 1, 1 excluded. */
  random(): number;
  /** Rejects if the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const realSurroundings: Surroundings = {
  now: Date.now,
  random: Math.random,
  sleep: (milliseconds, signal) => wait(milliseconds, undefined, signal && { signal }),
};
