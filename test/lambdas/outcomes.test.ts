import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { outcomeJsonSchema, outcomeSchemaFile } from '../../scripts/schemas.ts';
import { application, batch, context, post, record } from './support/examples.ts';
import { type Bench, bodyOf, startBench } from './support/handlers.ts';
import { score } from './support/model.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
beforeEach(async () => {
  bench.cloud.reset();
  bench.model.reply = () => score(0.1);
  await bench.consume(batch(record(application())), context());
  bench.cloud.calls.length = 0;
});
afterAll(() => bench.close());

const outcome = { applicationId: 'A-1', outcome: 'defaulted', occurredAt: '2006-05-01', knownAt: '2006-07-30' };
const send = (changes: object = {}) => bench.outcomes(post(JSON.stringify({ ...outcome, ...changes })), context());
const versions = () =>
  [...bench.cloud.items]
    .filter(([place]) => place.startsWith('outcomes/'))
    .map(([, item]) => JSON.parse(item['record']?.S ?? '') as Record<string, unknown>);
const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);

test('the published schema is that of the handler', () => {
  expect(readFileSync(outcomeSchemaFile, 'utf8')).toBe(outcomeJsonSchema());
  const valid = new Ajv2020({ formats: { date: true } }).compile(JSON.parse(outcomeJsonSchema()));
  expect(valid(outcome)).toBe(true);
  expect(valid({ ...outcome, outcome: 'late' })).toBe(false);
});

test('an outcome is recorded as its first version, free of direct identifiers', async () => {
  const answer = await send();
  expect(answer.statusCode).toBe(201);
  expect(bodyOf(answer)).toEqual({ applicationId: 'A-1', version: 1, status: 'recorded' });
  expect(versions()).toEqual([{ ...outcome, version: 1, recordedAt: expect.stringMatching(/^\d{4}-.*Z$/) }]);
});

test('the same outcome again is a repeat', async () => {
  await send();
  const before = versions();
  const answer = await send();
  expect(answer.statusCode).toBe(200);
  expect(bodyOf(answer)).toEqual({ applicationId: 'A-1', version: 1, status: 'recorded' });
  expect(versions()).toEqual(before);
});

test('another outcome is refused, and the refusal says how to correct', async () => {
  await send();
  const answer = await send({ outcome: 'paid' });
  expect(answer.statusCode).toBe(409);
  expect(bodyOf(answer)).toMatchObject({
    error: { code: 'conflict', fields: [{ field: 'outcome', remedy: expect.stringContaining('corrects: 1') }] },
  });
  expect(versions()).toHaveLength(1);
});

describe('a correction', () => {
  const paid = { outcome: 'paid', occurredAt: '2006-08-01', knownAt: '2006-09-01', corrects: 1 };

  test('is the next version, and what it corrects stays', async () => {
    await send();
    expect((await send(paid)).statusCode).toBe(201);
    expect((await send(paid)).statusCode).toBe(200);
    expect(versions()).toMatchObject([
      { version: 1, outcome: 'defaulted' },
      { version: 2, outcome: 'paid' },
    ]);
  });

  test.each([
    ['of nothing', [], paid, 'leave it out'],
    ['of a version that is not there', [outcome], { ...paid, corrects: 2 }, 'give 1'],
    [
      'known before what it corrects',
      [outcome],
      { ...paid, occurredAt: '2006-06-01', knownAt: '2006-07-29' },
      'give 1',
    ],
  ])('%s is refused', async (_, earlier, correction, remedy) => {
    for (const each of earlier) await send(each);
    const answer = await send(correction);
    expect(answer.statusCode).toBe(409);
    expect(bodyOf(answer)).toMatchObject({
      error: { fields: [{ field: 'corrects', remedy: expect.stringContaining(remedy) }] },
    });
    expect(versions()).toHaveLength(earlier.length);
  });

  test('of a version that another correction took is refused with the latest version', async () => {
    await send();
    await send(paid);
    const answer = await send({ ...paid, knownAt: '2006-10-01' });
    expect(answer.statusCode).toBe(409);
    expect(answer.body).toContain('corrects: 2');
  });
});

test.each([
  ['an unknown application', { applicationId: 'A-2' }, 404, 'applicationId'],
  ['a day in the future', { knownAt: tomorrow }, 400, 'knownAt'],
  ['known before it happened', { knownAt: '2006-04-30' }, 400, 'knownAt'],
  ['before the application', { occurredAt: '2004-02-29' }, 400, 'occurredAt'],
  ['another ending', { outcome: 'late' }, 400, 'outcome'],
  ['no day of the calendar', { occurredAt: '2006-02-30' }, 400, 'occurredAt'],
  ['a field too many', { note: 'Zebedee' }, 400, 'note'],
  ['a correction of version 0', { corrects: 0 }, 400, 'corrects'],
])('%s is refused by the name of its field', async (_, changes, status, field) => {
  const answer = await send(changes);
  expect(answer.statusCode).toBe(status);
  expect(bodyOf(answer)).toMatchObject({ error: { fields: [{ field }] } });
  expect(answer.body).not.toContain('Zebedee');
  expect(versions()).toEqual([]);
});

test('a body that is no JSON or too large is refused', async () => {
  expect((await bench.outcomes(post('{'), context())).statusCode).toBe(400);
  expect((await bench.outcomes(post(`"${'x'.repeat(5_000)}"`), context())).statusCode).toBe(413);
});

test('a write whose answer is lost is found when it is repeated', async () => {
  let lost = false;
  bench.cloud.fault = ({ operation }) => {
    if (operation !== 'TransactWriteItems' || lost) return undefined;
    lost = true;
    return 'lost-answer';
  };
  const answer = await send();
  expect([200, 201]).toContain(answer.statusCode);
  expect(versions()).toHaveLength(1);
});

test('however many deliver in whatever order, versions follow each other and none is overwritten', async () => {
  const day = fc.integer({ min: 1, max: 9 }).map((n) => `2006-08-0${n}`);
  const posting = fc.record({
    outcome: fc.constantFrom('paid', 'defaulted'),
    knownAt: day,
    corrects: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(posting, { maxLength: 12 }), async (postings) => {
      for (const place of [...bench.cloud.items.keys()]) {
        if (place.startsWith('outcomes/')) bench.cloud.items.delete(place);
      }
      const accepted: string[] = [];
      // In pairs at a time: two senders race for one version.
      for (let at = 0; at < postings.length; at += 2) {
        const pair = postings.slice(at, at + 2);
        const answers = await Promise.all(pair.map((each) => send({ occurredAt: '2006-07-01', ...each })));
        for (const [index, answer] of answers.entries()) {
          if (answer.statusCode === 201) accepted.push(JSON.stringify([pair[index]?.outcome, pair[index]?.knownAt]));
        }
      }
      const kept = versions().toSorted((a, b) => Number(a['version']) - Number(b['version']));
      expect(kept.map(({ version }) => version)).toEqual(kept.map((__, index) => index + 1));
      expect(kept.map((each) => JSON.stringify([each['outcome'], each['knownAt']])).toSorted()).toEqual(
        accepted.toSorted(),
      );
      expect(kept.map(({ knownAt }) => knownAt)).toEqual(kept.map(({ knownAt }) => knownAt).toSorted());
    }),
    { numRuns: 60 },
  );
});
