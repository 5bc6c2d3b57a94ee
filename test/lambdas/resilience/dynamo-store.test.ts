import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { dynamoStore } from '../../../lambdas/patterns/resilience/breaker/dynamo-store.ts';
import { type Shared, untouched } from '../../../lambdas/patterns/resilience/breaker/rules.ts';
import type { BreakerStore } from '../../../lambdas/patterns/resilience/breaker/store.ts';
import { memoryStore } from '../../simulation/memory-store.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';

let cloud: Cloud;
let store: BreakerStore;
beforeAll(async () => {
  cloud = await startCloud();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint: cloud.url, region: 'eu-west-2', credentials, maxAttempts: 1 });
  store = dynamoStore(client, 'breakers', 'model');
});
beforeEach(() => cloud.reset());
afterAll(() => cloud.close());

type Step = (on: BreakerStore, seen: Shared) => Promise<unknown>;

/** Anything that an instance may do, at any time, knowing the state or one that has passed. */
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ instance: fc.constantFrom('a', 'b', 'c'), now: fc.integer({ min: 20_000, max: 80_000 }) }).map(
    ({ instance, now }): Step =>
      (on) =>
        on.report({ instance, now, windowFrom: now - 10_000 }),
  ),
  fc.record({ rate: fc.integer({ min: 0, max: 50 }), minute: fc.integer({ min: 1, max: 4 }) }).map(
    ({ rate, minute }): Step =>
      (on) =>
        on.beat(rate, minute),
  ),
  fc
    .record({
      state: fc.constantFrom('closed' as const, 'open' as const, 'ramping' as const),
      since: fc.integer({ min: 1, max: 60_000 }),
      coolDownMs: fc.constantFrom(2_000, 4_000),
      stale: fc.boolean(),
    })
    .map(
      ({ stale, ...to }): Step =>
        (on, seen) =>
          on.change(stale ? { ...seen, version: seen.version + 1 } : seen, to),
    ),
  fc.integer({ min: 1, max: 60_000 }).map(
    (now): Step =>
      (on, seen) =>
        on.takeProbe({ ...seen, version: Math.max(1, seen.version) }, now + 5_000, now),
  ),
);

const anySteps = fc.array(anyStep, { maxLength: 15 });

test('a table answers as the rules say, whatever instances do', async () => {
  await fc.assert(
    fc.asyncProperty(anySteps, async (steps) => {
      cloud.reset();
      const rules = memoryStore({ sleep: async () => undefined }, () => 0);
      for (const step of steps) {
        const seen = rules.state();
        const [expected, got] = await Promise.all([step(rules, seen), step(store, seen)]);
        expect(got).toEqual(expected);
        expect(await store.read()).toEqual(rules.state());
      }
    }),
    { numRuns: 60 },
  );
});

test('an item that is not there is a breaker that nobody has touched', async () => {
  expect(await store.read()).toEqual(untouched);
});

test('a bad call costs one write, and two where a window begins', async () => {
  await store.report({ instance: 'a', now: 20_000, windowFrom: 10_000 });
  expect(cloud.calls.map(({ operation }) => operation)).toEqual(['UpdateItem', 'UpdateItem']);
  await store.report({ instance: 'b', now: 20_001, windowFrom: 10_001 });
  expect(cloud.calls).toHaveLength(3);
});

test('of instances that come for the probe at the same time one gets it', async () => {
  const open = await store.change(untouched, { state: 'open', since: 1, coolDownMs: 2_000 });
  const taken = await Promise.all(Array.from({ length: 20 }, () => store.takeProbe(open, 9_000, 4_000)));
  expect(taken.filter(Boolean)).toHaveLength(1);
});
