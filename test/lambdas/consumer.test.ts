import { createHmac } from 'node:crypto';
import type { KinesisStreamRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decisionEntry, entryName, entryOfJson } from '../../lambdas/patterns/audit/entry.ts';
import { badRecords } from './support/bad-input.ts';
import { application, batch, context, personalWords, rawRecord, receivedAt, record } from './support/examples.ts';
import { type Bench, decisionOf, startBench } from './support/handlers.ts';
import { score } from './support/model.ts';
import { putChampion } from './support/registry.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
beforeEach(() => {
  bench.cloud.reset();
  bench.model.reply = () => score(0.01);
  bench.model.requests.length = 0;
});
afterAll(() => bench.close());

const consume = (...records: KinesisStreamRecord[]) => bench.consume(batch(...records), context());
const noFailure = { batchItemFailures: [] };
/** Entries that were handed to the audit trail, by their name. */
const audited = () => Map.groupBy(bench.cloud.messages.map(entryOfJson), entryName);
const quarantined = () => [...bench.cloud.objects.keys()].filter((key) => key.startsWith('failures/'));

describe('a decision', () => {
  test.each([
    [0.01, 'approved', 'model', []],
    [0.9, 'declined', 'model', ['GUARANTEED_SHARE']],
    [0.17, 'referred', 'person', ['GUARANTEED_SHARE']],
  ])('at the probability %d is %s', async (probability, outcome, rung, codes) => {
    putChampion(bench.cloud);
    bench.model.reply = () => score(probability);
    expect(await consume(record(application()))).toEqual(noFailure);
    const decision = decisionOf(bench.cloud, 'A-1');
    expect(decision).toMatchObject({
      outcome,
      rung,
      probability,
      mode: 'normal',
      modelVersion: 'v0123456789ab',
      dataSnapshot: 'data-of-the-champion',
      threshold: 1 / 6,
    });
    expect(decision?.['reasons']).toEqual(codes.map((code) => expect.objectContaining({ code })));
  });

  test('is handed to the audit trail as it is in the table', async () => {
    await consume(record(application()));
    const decision = decisionOf(bench.cloud, 'A-1');
    expect(audited().get('decision/A-1')).toEqual([decisionEntry(decision as never)]);
  });

  test('says on what it stands, and holds a pseudonym in place of the person', async () => {
    await consume(record(application()));
    const mac = createHmac('sha256', 'pseudonym-key').update('seaworthy/pseudonym/loan-applicant/v1').digest();
    const applicant = createHmac('sha256', mac).update('ZEBEDEE QUILLFEATHER LTD').digest('base64url');
    const decision = decisionOf(bench.cloud, 'A-1');
    expect(decision).toMatchObject({ subject: { applicant }, submittedAt: '2004-03-01', receivedAt, schemaVersion: 2 });
    expect(decision?.['features']).toMatchObject({
      amount: 50_000,
      guaranteedShare: 0.5,
      sector: '72',
      sameState: true,
    });
    for (const word of personalWords) {
      expect(
        [...bench.cloud.objects.values(), ...bench.cloud.messages, JSON.stringify([...bench.cloud.items])].join(),
      ).not.toContain(word);
    }
  });

  test('asks the model for features alone, with the time left for an answer', async () => {
    await consume(record(application()));
    const [request] = bench.model.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/score' });
    const asked = JSON.parse(String(request?.body)) as object;
    expect(Object.keys(asked)).toEqual(['features', 'explainAbove']);
    expect(asked).toMatchObject({ explainAbove: 1 / 6 - 0.02 });
    expect(Number(request?.headers['x-deadline-ms'])).toBeGreaterThan(500);
    for (const word of personalWords) expect(String(request?.body)).not.toContain(word);
  });
});

describe('a record that can never be decided goes whole to the failure bucket, and no other is harmed', () => {
  test.each(badRecords)('$name', async ({ data, reason, field, problem }) => {
    const good = record(application({ applicationId: 'B-2' }), 8);
    expect(await consume(rawRecord(data, 7), good)).toEqual(noFailure);
    expect(quarantined()).toEqual([`failures/quarantine/${reason}/2026/05/05/shardId-000000000000-7.json`]);
    const stored = JSON.parse(bench.cloud.objects.get(quarantined()[0] ?? '') ?? '') as Record<string, unknown>;
    expect(stored).toMatchObject({ reason, fields: [{ field, problem }] });
    expect(stored['origin']).toEqual({
      source: 'arn:aws:kinesis:eu-west-2:000000000000:stream/applications',
      partition: 'shardId-000000000000',
      position: '7',
      key: 'A-1',
      arrivedAt: '2026-05-05T10:00:01.000Z',
    });
    expect(stored['event']).toEqual(batch(rawRecord(data, 7)));
    expect([...bench.cloud.items.keys()]).toEqual(['decisions/B-2']);
  });

  test('a day is in the future if the record arrived before it, less a minute for clocks that differ', async () => {
    const tomorrow = record(application({ submittedAt: '2026-05-06' }), 7);
    expect(await consume(tomorrow)).toEqual(noFailure);
    expect(quarantined()).toHaveLength(1);
    const arrival = Date.parse('2026-05-05T23:59:30.000Z') / 1000;
    const midnight = { ...tomorrow, kinesis: { ...tomorrow.kinesis, approximateArrivalTimestamp: arrival } };
    expect(await consume(midnight)).toEqual(noFailure);
    expect([...bench.cloud.items.keys()]).toEqual(['decisions/A-1']);
  });

  test('the same delivered again is one object', async () => {
    await consume(rawRecord('Zebedee', 7));
    await consume(rawRecord('Zebedee', 7));
    expect(quarantined()).toHaveLength(1);
  });

  test('if the failure bucket refuses, the record is delivered again', async () => {
    bench.cloud.fault = ({ resource }) => (resource === 'failures' ? 'refused' : undefined);
    const good = record(application({ applicationId: 'B-2' }), 8);
    expect(await consume(rawRecord('Zebedee', 7), good)).toEqual({ batchItemFailures: [{ itemIdentifier: '7' }] });
    expect([...bench.cloud.items.keys()]).toEqual(['decisions/B-2']);
  });

  test('a whole batch of them', async () => {
    const records = Array.from({ length: 100 }, (_, index) => rawRecord('Zebedee', index + 1));
    expect(await consume(...records)).toEqual(noFailure);
    expect(quarantined()).toHaveLength(100);
  });
});

describe('an application is decided once', () => {
  test('when it comes twice in one batch the first is decided', async () => {
    const first = record(application({ jobsCreated: 1 }), 1);
    const second = record(application({ jobsCreated: 2 }), 2);
    expect(await consume(first, second)).toEqual(noFailure);
    expect(decisionOf(bench.cloud, 'A-1')).toMatchObject({ features: { jobsCreated: 1 } });
    expect([...audited().keys()]).toEqual(['decision/A-1']);
  });

  test('when it comes again later the decision stays', async () => {
    await consume(record(application(), 1));
    const decision = decisionOf(bench.cloud, 'A-1');
    bench.model.reply = () => score(0.9);
    await consume(record(application(), 2));
    expect(decisionOf(bench.cloud, 'A-1')).toEqual(decision);
    expect([...audited().keys()]).toEqual(['decision/A-1']);
  });

  test('when it is delivered twice at the same time', async () => {
    const scores = [score(0.01), score(0.9)];
    bench.model.reply = () => scores.pop() ?? 'cut';
    await Promise.all([consume(record(application())), consume(record(application()))]);
    // The log appends the first of the two; they say the same.
    const entry = decisionEntry(decisionOf(bench.cloud, 'A-1') as never);
    expect(audited().get('decision/A-1')).toEqual([entry, entry]);
  });

  test('a batch of many, each once', async () => {
    const records = Array.from({ length: 200 }, (_, index) =>
      record(application({ applicationId: `A-${index}` }), index),
    );
    expect(await consume(...records)).toEqual(noFailure);
    expect(audited().size).toBe(200);
    expect([...bench.cloud.items.keys()].filter((key) => key.startsWith('decisions/'))).toHaveLength(200);
  });
});
