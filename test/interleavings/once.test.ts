import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { application, batch, context, record } from '../lambdas/support/examples.ts';
import { type Bench, startBench } from '../lambdas/support/handlers.ts';
import { score } from '../lambdas/support/model.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());

const ids = ['A-1', 'B-2'];
/** What invocations of the consumer get: one record or both, in either order. */
const anyBatch = fc.constantFrom(['A-1'], ['B-2'], ['A-1', 'B-2'], ['B-2', 'A-1']);
/** Most calls go well; of the others some take effect all the same. */
const anyFault = fc.oneof(
  { weight: 7, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom('refused' as const, 'done-but-refused' as const) },
);
const interleaving = fc.tuple(
  fc.scheduler(),
  fc.array(anyBatch, { minLength: 2, maxLength: 4 }),
  fc.array(anyFault, { minLength: 24, maxLength: 24 }),
);

const consume = (applicationIds: readonly string[]) =>
  bench.consume(
    batch(
      ...applicationIds.map((applicationId) => record(application({ applicationId }), Number(applicationId.at(-1)))),
    ),
    context(),
  );

/**
 * Runs invocations at the same time, and lets each call to the cloud through when the scheduler says so: that of an
 * invocation which began first may come last, long after another has decided. Then delivers everything once more.
 */
async function run(
  scheduler: fc.Scheduler,
  batches: readonly (readonly string[])[],
  faults: readonly ('refused' | 'done-but-refused' | undefined)[],
  heedsConditions: boolean,
): Promise<void> {
  bench.cloud.reset();
  bench.cloud.heedsConditions = heedsConditions;
  let calls = 0;
  bench.cloud.fault = () => faults[calls++];
  bench.cloud.turn = () => scheduler.schedule(Promise.resolve());
  // Each invocation would decide in another way.
  let asked = 0;
  bench.model.reply = () => score([0.01, 0.9, 0.17][asked++ % 3] ?? 0);
  await scheduler.waitFor(Promise.all(batches.map(consume)));
  bench.cloud.turn = () => Promise.resolve();
  bench.cloud.fault = () => undefined;
  expect(await consume(ids)).toEqual({ batchItemFailures: [] });
}

/**
 * Nothing overwritten, nothing deleted, no effect twice, and all say the same. An entry may reach the audit trail's queue
 * more than once, always with the same words; the trail takes it once, by its id.
 */
function check(): void {
  const { itemWrites, messages, items, calls } = bench.cloud;
  // A referred application has a case too. One whose case could not be opened is kept, and each try renews that item.
  const once = itemWrites.filter((key) => !key.startsWith('kept/'));
  expect(once.toSorted()).toEqual([...new Set(once)].toSorted());
  const decisions = itemWrites.filter((key) => key.startsWith('decisions/'));
  expect(decisions.toSorted()).toEqual(ids.map((id) => `decisions/${id}`));
  const entries = messages.map((body) => JSON.parse(body) as { type: string; id: string; decision: unknown });
  const told = Map.groupBy(
    entries.filter(({ type }) => type === 'decision'),
    ({ id }) => id,
  );
  expect([...told.keys()].toSorted()).toEqual(ids);
  for (const id of ids) {
    const record = items.get(`decisions/${id}`)?.['record'] as { S: string };
    for (const { decision } of told.get(id) ?? []) expect(JSON.stringify(decision)).toBe(record.S);
  }
  expect(calls.filter(({ operation }) => /delete/i.test(operation))).toEqual([]);
}

describe('over a thousand interleavings of late, failing and duplicate invocations', () => {
  test('each application has one decision and one audit entry, and they never change', async () => {
    await fc.assert(
      fc.asyncProperty(interleaving, async ([scheduler, batches, faults]) => {
        await run(scheduler, batches, faults, true);
        check();
      }),
      { numRuns: 1_000 },
    );
  });

  test('a table that does not heed the condition of the write is found out', async () => {
    const found = await fc.check(
      fc.asyncProperty(interleaving, async ([scheduler, batches, faults]) => {
        await run(scheduler, batches, faults, false);
        check();
      }),
      { numRuns: 1_000, endOnFailure: true },
    );
    expect(found.failed).toBe(true);
  });
});
