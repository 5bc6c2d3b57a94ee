import { setTimeout as sleep } from 'node:timers/promises';

/** Longest wait for something that ought to come about. Milliseconds. */
const patienceMs = 120_000;

/**
 * Looks again and again until there is something.
 *
 * @throws Error that names what did not come about
 */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | undefined>,
  signal: AbortSignal,
  pauseMs = 200,
): Promise<Found> {
  const end = Date.now() + patienceMs;
  for (;;) {
    signal.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`${what} did not come about within ${patienceMs / 1_000} seconds`);
    await sleep(pauseMs, undefined, { signal });
  }
}
