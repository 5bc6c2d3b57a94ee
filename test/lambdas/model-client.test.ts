import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { modelClient } from '../../lambdas/patterns/model-client/model-client.ts';
import type { Deadline } from '../../lambdas/patterns/resilience/deadline.ts';
import { retryBudget } from '../../lambdas/patterns/resilience/retry-budget.ts';
import type { Surroundings } from '../../lambdas/patterns/resilience/surroundings.ts';
import { type Model, replyWith, score, startModel } from './support/model.ts';

let model: Model;
let pauses: number[] = [];
beforeAll(async () => {
  model = await startModel();
});
beforeEach(() => {
  model.requests.length = 0;
  pauses = [];
});
afterAll(() => model.close());

/** A clock that goes on only while it is slept, and by `pauseCost` more each time. */
function surroundings(random: number, pauseCost = 0): Surroundings {
  let now = 0;
  return {
    now: () => now,
    random: () => random,
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
      now += milliseconds + pauseCost;
    },
  };
}

const snapshots: string[] = [];
function ask(around: Surroundings, withinMs: number) {
  const began = around.now();
  const deadline: Deadline = { leftMs: () => withinMs - (around.now() - began), signal: AbortSignal.timeout(60_000) };
  const dataSnapshot = async (version: string) => {
    snapshots.push(version);
    return 'snapshot-7';
  };
  const client = modelClient({
    service: new URL(model.url),
    retries: retryBudget(),
    dataSnapshot,
    surroundings: around,
  });
  return client({ features: { amount: 1 }, explainAbove: 0.1 }, deadline);
}
const unavailable = { name: 'Passing' };
const invalid = { name: 'InvalidAnswer' };
const deadlines = () => model.requests.map(({ headers }) => headers['x-deadline-ms']);

test('an answer is one request', async () => {
  model.reply = () => score(0.4);
  expect(await ask(surroundings(0), 800)).toMatchObject({
    probability: 0.4,
    modelVersion: 'v0123456789ab',
    dataSnapshot: 'snapshot-7',
  });
  expect(deadlines()).toEqual(['800']);
});

test('no attempt is told more time than one attempt may take', async () => {
  model.reply = () => score(0.4);
  await ask(surroundings(0), 60_000);
  expect(deadlines()).toEqual(['1000']);
});

test.each([
  [0, 0],
  [0.5, 40],
  [0.999, 79.92],
])('chance %d makes a pause of %d ms before the second and last attempt', async (random, pause) => {
  model.reply = () => replyWith(503, '');
  await expect(ask(surroundings(random), 800)).rejects.toMatchObject(unavailable);
  expect(pauses).toEqual([pause]);
  expect(deadlines()).toEqual(['800', String(Math.floor(800 - pause))]);
});

test('there is no second attempt when its time is over', async () => {
  model.reply = () => replyWith(503, '');
  await expect(ask(surroundings(0, 790), 800)).rejects.toMatchObject(unavailable);
  expect(deadlines()).toEqual(['800']);
});

test.each([replyWith(400, '{}'), replyWith(404, ''), replyWith(200, '{"probability":null}')])(
  'what asking again would not mend is not asked again: %o',
  async (reply) => {
    model.reply = () => reply;
    await expect(ask(surroundings(0), 800)).rejects.toMatchObject(invalid);
    expect(deadlines()).toHaveLength(1);
  },
);

test('any answer that the model service says it gives is understood', async () => {
  const schema = JSON.parse(readFileSync(new URL('../../schemas/score-response.schema.json', import.meta.url), 'utf8'));
  const gives = new Ajv2020().compile(schema as object);
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  const answers = fc.record({
    probability: fc.double({ min: 0, max: 1, noNaN: true }),
    modelVersion: fc.string({ minLength: 1 }),
    reasons: fc.array(fc.record({ code: fc.string(), feature: fc.string(), contribution: finite })),
  });
  await fc.assert(
    fc.asyncProperty(answers, async (given) => {
      const document: unknown = JSON.parse(JSON.stringify(given));
      expect(gives(document)).toBe(true);
      model.reply = () => replyWith(200, JSON.stringify(document));
      expect(await ask(surroundings(0), 5_000)).toEqual({ dataSnapshot: 'snapshot-7', ...(document as object) });
    }),
  );
});
