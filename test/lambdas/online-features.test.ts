import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { dynamoClient } from '../../lambdas/patterns/clients/clients.ts';
import type { CountedEvent } from '../../lambdas/patterns/online-features/events.ts';
import { type FeatureTable, readOnlineFeatures } from '../../lambdas/patterns/online-features/read.ts';
import { countOnce, eventsAtATime } from '../../lambdas/patterns/online-features/write.ts';
import { deadlineOf } from '../../lambdas/patterns/resilience/deadline.ts';
import { type Cloud, startCloud } from './support/cloud.ts';
import { anyDay, anyGroups, anyLoans, eventsOf, expectedCounts } from './support/counted.ts';
import { context } from './support/examples.ts';
import { environmentOf } from './support/handlers.ts';

let cloud: Cloud;
let store: FeatureTable;
beforeAll(async () => {
  cloud = await startCloud();
  for (const [name, value] of Object.entries(environmentOf(cloud, cloud))) vi.stubEnv(name, value);
  store = { dynamo: dynamoClient(), table: 'features', longestReadMs: 30_000 };
});
beforeEach(() => cloud.reset());
afterAll(() => {
  vi.unstubAllEnvs();
  return cloud.close();
});

const options = () => ({
  budget: { earn: () => undefined, spend: () => true },
  deadline: deadlineOf(context(), 0),
  attempts: 3,
  surroundings: { now: Date.now, random: Math.random, sleep: async () => undefined },
});
const count = (events: readonly CountedEvent[]) => countOnce(store, events, options());
const read = (groups: Parameters<typeof readOnlineFeatures>[1], day: string) =>
  readOnlineFeatures(store, groups, day, deadlineOf(context(), 0));

/** Delivers events in parts of a few, as batches of a stream do. */
async function deliver(events: readonly CountedEvent[], size: number): Promise<void> {
  for (let at = 0; at < events.length; at += size) {
    const part = events.slice(at, at + size);
    await count([...new Map(part.map((event) => [event.id, event])).values()]);
  }
}

/** Every event once, some again, in any order: what a stream of several shards with redeliveries can do. */
const anyDelivery = anyLoans.chain((loans) => {
  const events = eventsOf(loans);
  const order = fc.shuffledSubarray([...events.keys()], { minLength: events.length });
  const again = fc.array(fc.nat({ max: Math.max(0, events.length - 1) }), { maxLength: events.length });
  const size = fc.integer({ min: 1, max: eventsAtATime });
  return fc.tuple(order, again, size).map(([first, repeats, part]) => ({
    loans,
    size: part,
    delivered: [...first, ...repeats].flatMap((index) => events[index] ?? []),
  }));
});

describe('point in time', () => {
  test('a decision sees what was known before its day, whatever came later, late, twice or in another order', async () => {
    await fc.assert(
      fc.asyncProperty(anyDelivery, anyGroups, anyDay, async ({ loans, delivered, size }, groups, day) => {
        cloud.reset();
        await deliver(delivered, size);
        expect(await read(groups, day)).toEqual(expectedCounts(loans, groups, day));
      }),
      { numRuns: 60 },
    );
  });

  test('the future changes nothing: with or without it the same is read', async () => {
    await fc.assert(
      fc.asyncProperty(anyDelivery, anyGroups, anyDay, async ({ loans, delivered, size }, groups, day) => {
        const known = loans
          .filter(({ submittedAt }) => submittedAt < day)
          .map((loan) => ({ ...loan, outcomes: loan.outcomes.filter(({ knownAt }) => knownAt < day) }));
        cloud.reset();
        await deliver(eventsOf(known), size);
        const then = await read(groups, day);
        await deliver(delivered, size);
        expect(await read(groups, day)).toEqual(then);
      }),
      { numRuns: 60 },
    );
  });

  test('the test would find a leak: counting from the day on which a loan ended is seen', async () => {
    const leaks = fc.asyncProperty(anyDelivery, anyGroups, anyDay, async ({ loans, size }, groups, day) => {
      const early = loans.map((loan) => ({
        ...loan,
        outcomes: loan.outcomes.map((each) => ({ ...each, knownAt: each.occurredAt })),
      }));
      cloud.reset();
      await deliver(eventsOf(early), size);
      expect(await read(groups, day)).toEqual(expectedCounts(loans, groups, day));
    });
    expect((await fc.check(leaks, { numRuns: 60 })).failed).toBe(true);
  });
});

test('an event whose write failed, or whose answer was lost, counts once when it is delivered until it succeeds', async () => {
  const faults = fc.array(fc.constantFrom('cut' as const, 'refused' as const, 'lost-answer' as const, undefined));
  await fc.assert(
    fc.asyncProperty(
      anyDelivery,
      anyGroups,
      anyDay,
      faults,
      async ({ loans, delivered, size }, groups, day, planned) => {
        cloud.reset();
        const left = [...planned];
        cloud.fault = ({ operation }) => (operation === 'TransactWriteItems' ? left.shift() : undefined);
        for (let failing = true; failing; ) {
          failing = await deliver(delivered, size).then(
            () => false,
            () => true,
          );
        }
        cloud.fault = () => undefined;
        expect(await read(groups, day)).toEqual(expectedCounts(loans, groups, day));
      },
    ),
    { numRuns: 25 },
  );
});

test('a full part is one transaction, and a group of all its events is one write in it', async () => {
  const groups = { applicant: 'p1', sector: '72', state: 'CA' };
  const events = Array.from({ length: eventsAtATime }, (_, index) =>
    eventsOf([{ applicationId: `A-${index}`, groups, submittedAt: '2004-05-01', outcomes: [] }]),
  ).flat();
  await count(events);
  expect(cloud.calls.map(({ operation }) => operation)).toEqual(['TransactWriteItems']);
  expect(cloud.items.get('features/state#CA/2004-05')).toMatchObject({ sa01: { N: '20' } });
  expect(cloud.items.size).toBe(eventsAtATime + 3);
});

describe('a store that does not answer', () => {
  const groups = { applicant: 'p1', sector: '72', state: 'CA' };

  test.each(['cut', 'refused', 'hang'] as const)('and is %s leaves the features unknown', async (fault) => {
    cloud.fault = ({ operation }) => (operation === 'Query' ? fault : undefined);
    const hurried = { dynamo: store.dynamo, table: 'features' };
    expect(await readOnlineFeatures(hurried, groups, '2004-05-01', deadlineOf(context(), 0))).toBeUndefined();
  });

  test('has no more time than the decision gives it', async () => {
    expect(await readOnlineFeatures(store, groups, '2004-05-01', deadlineOf(context(0), 0))).toBeUndefined();
  });

  test('of nobody has counts of nothing, which is not the same', async () => {
    expect((await read(groups, '2004-05-01'))?.applicant).toMatchObject({ applications1095: 0, defaulted90: 0 });
  });
});
