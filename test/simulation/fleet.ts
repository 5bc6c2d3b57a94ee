import { type BreakerOpen, breaker } from '../../lambdas/patterns/resilience/breaker/breaker.ts';
import type { BreakerSettings } from '../../lambdas/patterns/resilience/breaker/rules.ts';
import { type MemoryStore, memoryStore } from './memory-store.ts';
import { type VirtualTime, virtualTime } from './virtual-time.ts';

/** Makes a call, or rejects without making it: a breaker. */
export type Guard = <Result>(call: () => Promise<Result>) => Promise<Result>;

export interface Fleet {
  readonly time: VirtualTime;
  /** Share of calls that fail, and how long they take: a test changes them as it goes. */
  failing: number;
  takesMs: number;
  /** Calls that reached the service, how they ended, those refused before it, and the most under way at a time. */
  readonly counts: { calls: number; failures: number; refused: number; atOnce: number };
  /** Lets the fleet work for so many milliseconds. */
  work(milliseconds: number): Promise<void>;
}

export interface FleetOptions {
  readonly seed: number;
  readonly instances: number;
  /** Calls a second of the whole fleet. */
  readonly perSecond: number;
  /** The breaker of one instance. */
  guard(instance: string, time: VirtualTime): Guard;
}

/** Instances that call one service at random times, each behind its breaker, on a virtual clock. */
export function fleet({ seed, instances, perSecond, guard }: FleetOptions): Fleet {
  const time = virtualTime(seed);
  const counts = { calls: 0, failures: 0, refused: 0, atOnce: 0 };
  let underWay = 0;
  const made: Fleet = {
    time,
    failing: 0,
    takesMs: 20,
    counts,
    work: (milliseconds) => time.runUntil(time.now() + milliseconds),
  };
  const guards = Array.from({ length: instances }, (_, index) => guard(`i${index}`, time));

  async function call(): Promise<void> {
    counts.calls++;
    counts.atOnce = Math.max(counts.atOnce, ++underWay);
    const failed = time.random() < made.failing;
    await time.sleep(made.takesMs * (0.5 + time.random()));
    underWay--;
    if (!failed) return;
    counts.failures++;
    throw new Error('the service failed');
  }

  async function arrivals(): Promise<never> {
    for (;;) {
      // Poisson: the times between are exponential.
      await time.sleep((-1_000 * Math.log(1 - time.random())) / perSecond);
      const one = guards[Math.floor(time.random() * guards.length)] as Guard;
      one(call).catch((error: Error) => {
        if (error.name === ('BreakerOpen' satisfies BreakerOpen['name'])) counts.refused++;
      });
    }
  }
  void arrivals();
  return made;
}

/** A fleet whose instances share a breaker. */
export function sharingFleet(
  options: Omit<FleetOptions, 'guard'> & { settings?: Partial<BreakerSettings>; storeFails?: () => boolean },
): Fleet & { readonly store: MemoryStore } {
  let store: MemoryStore | undefined;
  const made = fleet({
    ...options,
    guard: (instance, time) => {
      store ??= memoryStore(time, () => 3 + 5 * time.random(), options.storeFails);
      const { settings = {} } = options;
      return breaker({ name: 'model', instance, store, settings, surroundings: time });
    },
  });
  return Object.assign(made, { store: store as MemoryStore });
}
