import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type * as Consumer from '../../lambdas/consumer/handler.ts';
import { entryOfJson } from '../../lambdas/patterns/audit/entry.ts';
import { application, batch, context, record } from './support/examples.ts';
import { type Bench, decisionOf, startBench } from './support/handlers.ts';
import { putChampion } from './support/registry.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
  putChampion(bench.cloud);
});
afterAll(() => bench.close());

/** Decides on one application in a container that starts. */
async function decideAnew(applicationId: string, environment: Readonly<Record<string, string>> = {}) {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  vi.resetModules();
  const { handler }: typeof Consumer = await import('../../lambdas/consumer/handler.ts');
  return handler(batch(record(application({ applicationId }))), context());
}

/** What the audit trail was told, in order, by ids. */
const told = () => bench.cloud.messages.map(entryOfJson);
const changes = () => told().flatMap((entry) => (entry.type === 'configuration' ? [entry] : []));

test('nothing is decided by a configuration that the audit trail does not have', async () => {
  bench.cloud.fault = ({ operation, id }) =>
    operation === 'SendMessage' && id.startsWith('decision:') ? 'refused' : undefined;
  expect((await decideAnew('A-1')).batchItemFailures).toHaveLength(1);
  expect(decisionOf(bench.cloud, 'A-1')).toBeUndefined();
  expect(bench.cloud.messages).toEqual([]);
});

test('its entry comes before the first decision, and once while it stays the same', async () => {
  bench.cloud.fault = () => undefined;
  await decideAnew('A-1');
  await decideAnew('A-2');
  expect(told().map(({ type }) => type)).toEqual(['configuration', 'decision', 'decision']);
  expect(changes()).toMatchObject([{ by: 'deployment', setting: 'decision', fromDigest: null }]);
});

test('a change is from the digest before to that of the document, and so is the way back', async () => {
  await decideAnew('A-3', { COST_RATIO: '6' });
  await decideAnew('A-4', { COST_RATIO: '5' });
  const [first, second, third] = changes();
  expect(second).toMatchObject({ fromDigest: first?.toDigest });
  expect(third).toMatchObject({ fromDigest: second?.toDigest, toDigest: first?.toDigest });
  expect(new Set(changes().map(({ id }) => id)).size).toBe(3);
});

test('an instance that died between the entry and what says so leaves the same entry to the next', async () => {
  const before = changes().length;
  bench.cloud.fault = ({ operation, id }) =>
    operation === 'UpdateItem' && id === 'setting decision' ? 'refused' : undefined;
  await decideAnew('A-5', { REFER_MARGIN: '0.03' });
  bench.cloud.fault = () => undefined;
  await decideAnew('A-5');
  const [one, other, ...more] = changes().slice(before);
  expect(more).toEqual([]);
  expect({ ...other, at: '' }).toEqual({ ...one, at: '' });
  const digests = [...bench.cloud.items].flatMap(([key, item]) => (key.endsWith('setting decision') ? item : []));
  expect(digests).toMatchObject([{ digest: { S: one?.toDigest } }]);
});
