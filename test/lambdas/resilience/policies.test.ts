import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bulkhead } from '../../../lambdas/patterns/resilience/bulkhead.ts';
import { type Deadline, deadlineHeader, deadlineOf, within } from '../../../lambdas/patterns/resilience/deadline.ts';
import { hedge, replaySafe } from '../../../lambdas/patterns/resilience/hedge.ts';
import { quantile } from '../../../lambdas/patterns/resilience/quantile.ts';
import { fullJitter, Passing, retrying } from '../../../lambdas/patterns/resilience/retry.ts';
import { deliveries, retryBudget, unitOfWork } from '../../../lambdas/patterns/resilience/retry-budget.ts';
import { mulberry32, virtualTime } from '../../simulation/virtual-time.ts';

const endless: Deadline = { leftMs: () => Number.POSITIVE_INFINITY, signal: new AbortController().signal };

describe('a deadline', () => {
  test('inside others is never later than any of them', () => {
    const left = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(left, left, left, fc.integer({ min: 0, max: 5_000 }), (outer, first, second, elapsed) => {
        let now = 0;
        const context = { getRemainingTimeInMillis: () => outer - now };
        const inner = within(
          within(deadlineOf(context, 0), first, () => now),
          second,
          () => now,
        );
        now = elapsed;
        expect(inner.leftMs()).toBe(Math.min(outer, first, second) - elapsed);
      }),
    );
  });

  test('is told to a service in whole milliseconds, and never as less than none', () => {
    expect(deadlineHeader({ leftMs: () => 12.9 })).toEqual({ 'x-deadline-ms': '12' });
    expect(deadlineHeader({ leftMs: () => -3 })).toEqual({ 'x-deadline-ms': '0' });
  });
});

describe('the budget of retries', () => {
  test('in an outage calls grow by its share, whatever the number of attempts allowed', async () => {
    const { random } = mulberry(7);
    const budget = retryBudget();
    let attempts = 0;
    const requests = 2_000;
    const surroundings = { now: () => 0, random, sleep: async () => undefined };
    for (let request = 0; request < requests; request++) {
      await retrying({ budget, deadline: endless, attempts: 6, surroundings }, () => {
        attempts++;
        return Promise.reject(new Passing('down'));
      }).catch(() => undefined);
    }
    expect(attempts / requests).toBeLessThan(1.1);
    expect(attempts / requests).toBeGreaterThan(1.04);
  });

  test('spans layers and redeliveries: three layers of three and three deliveries are no 81 calls', async () => {
    const budget = retryBudget({ most: 1_000 });
    let calls = 0;
    const surroundings = { now: () => 0, random: () => 0, sleep: async () => undefined };
    const layer = (call: () => Promise<never>) =>
      retrying({ budget, deadline: endless, attempts: 3, surroundings }, call);
    const record = () =>
      layer(() =>
        layer(() =>
          layer(() => {
            calls++;
            return Promise.reject(new Passing('down'));
          }),
        ),
      );
    for (let delivery = 1; delivery <= 3; delivery++) await unitOfWork(delivery, record).catch(() => undefined);
    // 1 + 3, 1 + 2, 1 + 1.
    expect(calls).toBe(9);
  });

  test('nothing but a passing failure is tried again, and nothing without time', async () => {
    const surroundings = { now: () => 0, random: () => 1, sleep: async () => undefined };
    const attemptsOn = async (failure: Error, leftMs: number) => {
      let calls = 0;
      const deadline = { ...endless, leftMs: () => leftMs };
      const call = () => {
        calls++;
        return Promise.reject(failure);
      };
      await retrying({ budget: retryBudget(), deadline, attempts: 3, surroundings }, call).catch(() => undefined);
      return calls;
    };
    expect(await attemptsOn(new Passing('down'), 1_000)).toBe(3);
    expect(await attemptsOn(new Error('wrong'), 1_000)).toBe(1);
    expect(await attemptsOn(new Passing('down'), 90)).toBe(1);
  });

  test('a pause lies anywhere between nothing and its longest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.double({ min: 0, max: 1, noNaN: true }), (retry, chance) => {
        const pause = fullJitter(retry, chance, { baseMs: 80, longestMs: 2_000 });
        expect(pause).toBe(chance * Math.min(2_000, 80 * 2 ** retry));
      }),
    );
  });

  test('a container remembers how often what failed has come, and forgets the oldest', () => {
    const count = deliveries(2);
    count.failed('a');
    count.failed('a');
    count.failed('b');
    expect([count.of('a'), count.of('b'), count.of('c')]).toEqual([3, 2, 1]);
    count.failed('c');
    expect(count.of('a')).toBe(1);
    count.done('b');
    expect(count.of('b')).toBe(1);
  });
});

test('the estimate of a quantile comes to where its share lies below', () => {
  const random = mulberry32(3);
  const estimate = quantile(0.95);
  const values = Array.from({ length: 20_000 }, () => -Math.log(1 - random()));
  for (const value of values) estimate.add(value);
  // The true quantile of the exponential distribution is ln 20.
  expect(estimate.value()).toBeGreaterThan(0.8 * Math.log(20));
  expect(estimate.value()).toBeLessThan(1.25 * Math.log(20));
});

describe('a hedge', () => {
  /** Makes calls one after the other, the nth of which takes what the function says. */
  async function run(requests: number, takesMs: (call: number) => number, options: { share?: number } = {}) {
    const time = virtualTime(1);
    const hedged = hedge({ ...options, surroundings: time });
    let calls = 0;
    let cancelled = 0;
    const call = replaySafe(async (signal) => {
      const took = takesMs(calls++);
      await time.sleep(took, signal).catch((error: unknown) => {
        cancelled++;
        throw error;
      });
      return took;
    });
    const taken: number[] = [];
    for (let request = 0; request < requests; request++) {
      const began = time.now();
      let done = false;
      const result = hedged(call, endless.signal).finally(() => {
        done = true;
      });
      while (!done) await time.runUntil(time.now() + 1);
      await result;
      taken.push(time.now() - began);
    }
    return { calls, cancelled, taken };
  }

  test('a late call is made a second time, and the loser is cancelled', async () => {
    const { calls, cancelled, taken } = await run(60, (call) => (call === 50 ? 1_000 : 10));
    // The late one's second, and one or two that were a hair slower than most.
    expect(calls).toBeLessThanOrEqual(60 * 1.04 + 1);
    expect(cancelled).toBeGreaterThanOrEqual(1);
    expect(Math.max(...taken)).toBeLessThan(50);
  });

  test('a service that has become slow is asked little more: the budget is used up', async () => {
    const { calls } = await run(300, (call) => (call < 40 ? 10 : 400), { share: 0.04 });
    expect(calls).toBeLessThanOrEqual(300 * 1.04 + 5);
  });

  test('a failure before a second call is made is the answer', async () => {
    const hedged = hedge({ surroundings: virtualTime(1) });
    const failing = replaySafe(() => Promise.reject(new Error('refused')));
    await expect(hedged(failing, endless.signal)).rejects.toThrow('refused');
  });
});

describe('a bulkhead', () => {
  test('never lets in more than its limit, which stays within its bounds; all run, and a failure frees its place', async () => {
    const anyTask = fc.record({ fail: fc.boolean(), takesMs: fc.integer({ min: 0, max: 300 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(anyTask, { maxLength: 40 }), fc.integer(), async (tasks, seed) => {
        const time = virtualTime(seed);
        const limited = bulkhead({ least: 2, most: 8, initial: 4, targetMs: 100, surroundings: time });
        let running = 0;
        const results = tasks.map(({ fail, takesMs }) =>
          limited.run(async () => {
            expect(++running).toBeLessThanOrEqual(8);
            await time.sleep(takesMs);
            running--;
            if (fail) throw new Error('failed');
          }),
        );
        const settled = Promise.allSettled(results);
        await time.runUntil(time.now() + 100_000);
        expect((await settled).map(({ status }) => status === 'rejected')).toEqual(tasks.map(({ fail }) => fail));
        expect(limited.limit()).toBeGreaterThanOrEqual(2);
        expect(limited.limit()).toBeLessThanOrEqual(8);
      }),
      { numRuns: 50 },
    );
  });

  test('finds the concurrency that a service can take', async () => {
    const time = virtualTime(5);
    const limited = bulkhead({ least: 1, most: 200, initial: 8, targetMs: 20, surroundings: time });
    const capacity = 20;
    let running = 0;
    const task = async () => {
      running++;
      // Above its capacity everybody waits for everybody.
      await time.sleep(10 * Math.max(1, (running / capacity) ** 2));
      running--;
    };
    const workers = Array.from({ length: 200 }, async () => {
      while (time.now() < 1_700_000_060_000) await limited.run(task);
    });
    await time.runUntil(1_700_000_070_000);
    await Promise.all(workers);
    expect(limited.limit()).toBeGreaterThan(capacity / 2);
    expect(limited.limit()).toBeLessThan(capacity * 2);
  });
});

function mulberry(seed: number): { random(): number } {
  return { random: mulberry32(seed) };
}
