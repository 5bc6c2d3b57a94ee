import type { APIGatewayProxyEventV2, ScheduledEvent } from 'aws-lambda';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Call } from './support/cloud.ts';
import { application, batch, context, record } from './support/examples.ts';
import { type Bench, bodyOf, decisionOf, startBench } from './support/handlers.ts';
import { replyWith, score } from './support/model.ts';
import { putChampion } from './support/registry.ts';

// A container of its own for each test: what one learnt would hide a fault from the next.
let bench: Bench;
beforeEach(async () => {
  await bench?.close();
  bench = await startBench();
  putChampion(bench.cloud);
  bench.model.reply = () => score(0.01);
});
afterAll(() => bench.close());

const dead = () => {
  bench.model.reply = () => replyWith(503, '');
};
const setMode = (mode: string) => {
  bench.cloud.mode = JSON.stringify({ mode, reason: 'a test', by: 'tester' });
};
async function decide(changes: Readonly<Record<string, unknown>> = {}) {
  const { batchItemFailures } = await bench.consume(batch(record(application(changes))), context());
  expect(batchItemFailures).toEqual([]);
  return decisionOf(bench.cloud, 'A-1');
}
const ask = (applicationId: string) =>
  bench.decisions({ pathParameters: { applicationId } } as unknown as APIGatewayProxyEventV2, context());
const kept = () => [...bench.cloud.items.keys()].filter((key) => key.startsWith('kept/'));
const refused = (matches: (call: Call) => boolean) => (call: Call) => (matches(call) ? 'refused' : undefined);

describe('each rung answers where the ones above it can not', () => {
  test('the model', async () => {
    expect(await decide()).toMatchObject({ outcome: 'approved', rung: 'model', why: [], mode: 'normal' });
  });

  test('the scorecard, when the model is dead: with its reasons and what it was trained on', async () => {
    dead();
    expect(await decide({ guaranteedAmount: 0 })).toMatchObject({
      outcome: 'approved',
      rung: 'scorecard',
      why: [{ rung: 'model', why: 'unavailable' }],
      modelVersion: 'v0123456789ab',
      dataSnapshot: 'data-of-the-champion',
    });
    // The log-odds of the bins of 50,000, sector 72 and a new business.
    const odds = -3 - 0.1 + 0.1 + 0.2;
    expect(decisionOf(bench.cloud, 'A-1')?.['probability']).toBeCloseTo(1 / (1 + Math.exp(-odds)), 12);
  });

  test('a person, when the scorecard would approve more than it may', async () => {
    dead();
    expect(await decide({ requestedAmount: 150_001 })).toMatchObject({
      outcome: 'referred',
      rung: 'person',
      referredFor: 'beyond-limits',
      why: [
        { rung: 'model', why: 'unavailable' },
        { rung: 'scorecard', why: 'beyond-its-limits' },
      ],
    });
  });

  test('the rules, when the scorecard is not the one that was registered', async () => {
    dead();
    putChampion(bench.cloud, { scorecardAsStored: '{"intercept":-9,"bins":[]}' });
    expect(await decide()).toMatchObject({
      outcome: 'declined',
      rung: 'rules',
      probability: 0.4,
      why: [
        { rung: 'model', why: 'unavailable' },
        { rung: 'scorecard', why: 'corrupt' },
      ],
      reasons: [
        { code: 'R11', feature: 'sector' },
        { code: 'R06', feature: 'newBusiness' },
      ],
    });
  });

  test('a person, when nothing of the registry can be read', async () => {
    dead();
    bench.cloud.fault = refused(({ operation }) => operation === 'GetObject');
    expect(await decide()).toMatchObject({ outcome: 'referred', rung: 'person', referredFor: 'no-score' });
  });

  test('a scorecard that does not fit its encodings, or leads nowhere, is corrupt and decides nothing', async () => {
    dead();
    putChampion(bench.cloud, { scorecard: { intercept: 0, bins: [] }, policy: [] });
    expect(await decide()).toMatchObject({
      rung: 'person',
      why: [{ rung: 'model' }, { rung: 'scorecard', why: 'corrupt' }, { rung: 'rules', why: 'corrupt' }],
    });
  });
});

describe('a model that fails again and again', () => {
  test('is asked no more after a few failures, and the scorecard decides at once', async () => {
    dead();
    const ids = Array.from({ length: 60 }, (_, index) => `A-${index}`);
    for (const id of ids) await bench.consume(batch(record(application({ applicationId: id }))), context());
    expect(decisionOf(bench.cloud, 'A-59')).toMatchObject({
      rung: 'scorecard',
      why: [{ rung: 'model', why: 'breaker-open' }],
    });
    // Five failures, some of them tried twice, and a try each time that the pause is over.
    expect(bench.model.requests.length).toBeLessThan(30);
  });
});

describe('the mode', () => {
  test('degraded does not ask the model', async () => {
    setMode('degraded');
    expect(await decide()).toMatchObject({ rung: 'scorecard', mode: 'degraded' });
    expect(bench.model.requests).toEqual([]);
  });

  test('manual leaves everything to people', async () => {
    setMode('manual');
    expect(await decide()).toMatchObject({ outcome: 'referred', rung: 'person', referredFor: 'manual-mode' });
  });

  test.each([
    ['can not be read', refused(({ resource }: Call) => resource === 'mode')],
    ['hangs', ({ resource }: Call) => (resource === 'mode' ? ('hang' as const) : undefined)],
  ])('that %s is taken for manual: a stop may have been given', async (_, fault) => {
    bench.cloud.fault = fault;
    expect(await decide()).toMatchObject({ rung: 'person', mode: 'manual' });
  });

  test('that nobody knows is taken for manual', async () => {
    setMode('full speed');
    expect(await decide()).toMatchObject({ rung: 'person', mode: 'manual' });
  });

  test('stop decides nothing: applications are kept, whole, and taken up again when it is over', async () => {
    setMode('stop');
    expect(await decide()).toBeUndefined();
    expect(kept()).toEqual(['kept/A-1']);
    expect(bodyOf(await ask('A-1'))).toEqual({ applicationId: 'A-1', outcome: 'kept', why: 'stop' });
    expect(await bench.resume({} as ScheduledEvent, context())).toEqual({ resumed: 0, waiting: 1 });
    expect(bench.cloud.records).toEqual([]);
  });
});

describe('what was kept', () => {
  /** Keeps an application and makes it a minute old. */
  async function keepOne(): Promise<void> {
    setMode('stop');
    await decide();
    const item = bench.cloud.items.get('kept/A-1');
    bench.cloud.items.set('kept/A-1', { ...item, keptAt: { S: new Date(Date.now() - 60_000).toISOString() } });
    await bench.close();
    const { cloud: before } = bench;
    bench = await startBench();
    putChampion(bench.cloud);
    for (const [key, value] of before.items) bench.cloud.items.set(key, value);
  }

  test('is put back on the stream as it was, and decided there', async () => {
    await keepOne();
    expect(await bench.resume({} as ScheduledEvent, context())).toEqual({ resumed: 1, waiting: 0 });
    expect(kept()).toEqual([]);
    const [put] = bench.cloud.records;
    expect(put?.PartitionKey).toBe('A-1');
    const received = JSON.parse(Buffer.from(put?.Data ?? '', 'base64').toString()) as { application: object };
    expect(received.application).toEqual(application());
  });

  test('stays if the stream does not take it', async () => {
    await keepOne();
    bench.cloud.fault = refused(({ operation }) => operation === 'PutRecord');
    await expect(bench.resume({} as ScheduledEvent, context())).rejects.toThrow();
    expect(kept()).toEqual(['kept/A-1']);
  });

  test('may be put twice, if the release is cut off: it is decided once', async () => {
    await keepOne();
    bench.cloud.fault = refused(({ operation }) => operation === 'DeleteItem');
    await expect(bench.resume({} as ScheduledEvent, context())).rejects.toThrow();
    bench.cloud.fault = () => undefined;
    expect(await bench.resume({} as ScheduledEvent, context())).toMatchObject({ resumed: 1 });
    expect(bench.cloud.records).toHaveLength(2);
    await bench.consume(batch(record(application(), 1), record(application(), 2)), context());
    expect(bench.cloud.itemWrites.filter((place) => place.startsWith('decisions/'))).toEqual(['decisions/A-1']);
  });
});

describe('GET /decisions/{applicationId}', () => {
  test('tells the outcome, the reasons in words, what decided on which data, and how to contest', async () => {
    dead();
    putChampion(bench.cloud, { scorecardAsStored: 'broken' });
    await decide();
    const answer = await ask('A-1');
    expect(answer.statusCode).toBe(200);
    expect(bodyOf(answer)).toMatchObject({
      applicationId: 'A-1',
      outcome: 'declined',
      reasons: [
        { code: 'R11', text: 'Sector of the business' },
        { code: 'R06', text: 'Time that the business has existed' },
      ],
      decidedBy: { rung: 'rules', mode: 'normal', why: [{ rung: 'model' }, { rung: 'scorecard' }] },
      modelVersion: 'v0123456789ab',
      dataSnapshot: 'data-of-the-champion',
      contest: { method: 'POST', path: '/decisions/A-1/contest' },
    });
  });

  test.each(['A-2', "x' OR 1=1", ''])('an application without a decision is not known: %o', async (id) => {
    expect((await ask(id)).statusCode).toBe(404);
  });
});
