import { type Shared, untouched } from '../../lambdas/patterns/resilience/breaker/rules.ts';
import type { BreakerStore } from '../../lambdas/patterns/resilience/breaker/store.ts';
import type { Surroundings } from '../../lambdas/patterns/resilience/surroundings.ts';

export interface MemoryStore extends BreakerStore {
  /** Writes, those whose condition failed included, and reads. */
  writes(): number;
  reads(): number;
  /** The state now, without asking the store for it. */
  state(): Shared;
}

/** A breaker's store in memory, by the rules of the one in DynamoDB. Each call takes a while; `fails` cuts it off. */
export function memoryStore(
  { sleep }: Pick<Surroundings, 'sleep'>,
  takesMs: () => number,
  fails: () => boolean = () => false,
): MemoryStore {
  let shared: Shared = untouched;
  let who = new Set<string>();
  let writes = 0;
  let reads = 0;

  async function reach(): Promise<void> {
    await sleep(takesMs());
    if (fails()) throw new Error('the store does not answer');
  }

  return {
    writes: () => writes,
    reads: () => reads,
    state: () => shared,
    read: async () => {
      reads++;
      await reach();
      return shared;
    },
    report: async ({ instance, now, windowFrom }) => {
      writes++;
      await reach();
      const anew = shared.windowStart < windowFrom;
      if (anew) writes++;
      who = new Set([...(anew ? [] : who), instance]);
      const before = anew ? { ...shared, windowStart: now, bad: 0 } : shared;
      shared = { ...before, bad: before.bad + 1, reporters: who.size };
      return shared;
    },
    beat: async (perSecond, minute) => {
      writes++;
      await reach();
      if (minute < shared.minute) return;
      if (shared.minute === minute) {
        shared = { ...shared, rate: shared.rate + perSecond, instances: shared.instances + 1 };
        return;
      }
      writes++;
      const last = shared.minute === minute - 1 ? shared : untouched;
      const lastOnes = { lastRate: last.rate, lastInstances: last.instances };
      shared = { ...shared, ...lastOnes, minute, rate: perSecond, instances: 1 };
    },
    change: async ({ version }, to) => {
      writes++;
      await reach();
      if (shared.version !== version) return shared;
      who = new Set();
      const cleared = { windowStart: to.since, bad: 0, probeUntil: 0, reporters: 0 };
      const { state, since, coolDownMs } = to;
      shared = { ...shared, ...cleared, state, since, coolDownMs, version: version + 1 };
      return shared;
    },
    takeProbe: async ({ version }, until, now) => {
      writes++;
      await reach();
      if (shared.version !== version || shared.probeUntil >= now) return false;
      shared = { ...shared, probeUntil: until };
      return true;
    },
  };
}
