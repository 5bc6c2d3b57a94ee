import type { Context, KinesisStreamRecord } from 'aws-lambda';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { decisionEntry, entryOfJson } from '../../lambdas/patterns/audit/entry.ts';
import type { Call, Fault } from './support/cloud.ts';
import { application, batch, context, record } from './support/examples.ts';
import { type Bench, decisionOf, startBench } from './support/handlers.ts';
import { replyWith, score, startModel } from './support/model.ts';
import type { Reply } from './support/server.ts';

// A container of its own for each test: what one learnt from KMS would hide a fault from the next.
let bench: Bench;
beforeEach(async () => {
  await bench?.close();
  bench = await startBench();
});
afterAll(() => bench.close());

const records = ['A-1', 'B-2', 'C-3'].map((applicationId, index) => record(application({ applicationId }), index + 1));
const all = ['1', '2', '3'];
/** Sequence numbers of the records that are reported as failed. */
const failedOf = async (given: readonly KinesisStreamRecord[], invocation: Context = context()) =>
  (await bench.consume(batch(...given), invocation)).batchItemFailures
    .map(({ itemIdentifier }) => itemIdentifier)
    .toSorted();
const keysOf = (table: string) => [...bench.cloud.items.keys()].filter((key) => key.startsWith(`${table}/`));
const decided = () => keysOf('decisions');
/** Ids of the decisions that were handed to the audit trail. */
const audited = () => [
  ...new Set(bench.cloud.messages.map(entryOfJson).flatMap(({ type, id }) => (type === 'decision' ? [id] : []))),
];
const on = (fault: Fault, operation: string) => (call: Call) => (call.operation === operation ? fault : undefined);

describe('the model', () => {
  /** Time of an invocation that leaves the ladder 1.5 seconds, and the model two thirds of them. */
  const shortTime = () => context(5_500);
  const score300 = JSON.stringify({ probability: 3, modelVersion: 'v1', reasons: [] });

  test.each<[string, Reply, string]>([
    ['never answers', 'hang', 'unavailable'],
    ['closes the connection', 'cut', 'unavailable'],
    ['has no champion yet', replyWith(503, '{"error":{"code":"no-model"}}'), 'unavailable'],
    ['is overloaded', replyWith(429, ''), 'unavailable'],
    ['refuses the features', replyWith(400, '{"error":{}}'), 'invalid-answer'],
    ['answers with no JSON', replyWith(200, '<html>'), 'invalid-answer'],
    ['answers with another document', replyWith(200, '{"score":1}'), 'invalid-answer'],
    ['answers with no probability', replyWith(200, score300), 'invalid-answer'],
  ])(
    'that %s, with no model in the registry either, makes the application a referred one',
    async (_name, reply, why) => {
      bench.model.reply = () => reply;
      expect(await failedOf(records, shortTime())).toEqual([]);
      expect(decided()).toHaveLength(3);
      expect(decisionOf(bench.cloud, 'A-1')).toMatchObject({
        outcome: 'referred',
        rung: 'person',
        probability: null,
        modelVersion: null,
        reasons: [],
        referredFor: 'no-score',
        why: [
          { rung: 'model', why },
          { rung: 'scorecard', why: expect.stringMatching(/^(failed|out-of-time)$/) },
          { rung: 'rules', why: expect.stringMatching(/^(failed|out-of-time)$/) },
        ],
      });
      for (const { headers } of bench.model.requests)
        expect(Number(headers['x-deadline-ms'])).toBeLessThanOrEqual(1_000);
    },
  );

  test('that is not there makes the application a referred one', async () => {
    await bench.model.close();
    expect(await failedOf(records)).toEqual([]);
    expect(decisionOf(bench.cloud, 'A-1')).toMatchObject({ outcome: 'referred', referredFor: 'no-score' });
  });

  test('that fails once is asked again', async () => {
    const replies = [replyWith(503, ''), score(0.9)];
    bench.model.reply = () => replies.shift() ?? 'cut';
    await bench.consume(batch(record(application())), context());
    expect(decisionOf(bench.cloud, 'A-1')).toMatchObject({ outcome: 'declined', probability: 0.9 });
  });

  test('that sends elsewhere is not followed: features go to it alone', async () => {
    const elsewhere = await startModel();
    bench.model.reply = () => ({ status: 307, type: 'text/plain', body: '', location: `${elsewhere.url}/score` });
    await bench.consume(batch(record(application())), shortTime());
    await elsewhere.close();
    expect(elsewhere.requests).toEqual([]);
    expect(decisionOf(bench.cloud, 'A-1')).toMatchObject({ outcome: 'referred', probability: null });
  });
});

describe('a crash between two writes is healed by the redelivery', () => {
  test('also between a referred decision, its case and the workflow: what no case can be opened for is kept', async () => {
    bench.model.reply = () => score(0.17);
    const started = () =>
      bench.cloud.calls.flatMap(({ operation, id }) => (operation === 'StartExecution' ? [id] : []));
    bench.cloud.fault = ({ operation, resource }) =>
      operation === 'PutItem' && resource === 'cases' ? 'refused' : undefined;
    expect(await failedOf(records)).toEqual([]);
    expect([decided().length, keysOf('kept').length, started()]).toEqual([3, 3, []]);

    bench.cloud.fault = on('refused', 'StartExecution');
    expect(await failedOf(records)).toEqual([]);
    bench.cloud.calls.length = 0;
    bench.cloud.fault = () => undefined;
    expect(await failedOf(records)).toEqual([]);
    expect(started().toSorted()).toEqual(['A-1', 'B-2', 'C-3']);
    expect(bench.cloud.itemWrites.filter((place) => place.startsWith('cases/'))).toHaveLength(3);
  });

  test.each<[string, Fault]>([
    ['before the audit trail has the entry', 'refused'],
    ['after it has it, unseen', 'lost-answer'],
  ])('%s', async (_name, fault) => {
    bench.cloud.fault = ({ operation, id }) => (operation === 'SendMessage' && /^[ABC]-/.test(id) ? fault : undefined);
    expect(await failedOf(records)).toEqual(all);
    const before = decisionOf(bench.cloud, 'A-1');
    expect(before).toMatchObject({ outcome: 'approved' });

    bench.cloud.fault = () => undefined;
    bench.model.reply = () => score(0.9);
    expect(await failedOf(records)).toEqual([]);
    expect(decisionOf(bench.cloud, 'A-1')).toEqual(before);
    expect(audited().toSorted()).toEqual(['A-1', 'B-2', 'C-3']);
    const entries = bench.cloud.messages.map(entryOfJson).filter(({ id }) => id === 'A-1');
    for (const entry of entries) expect(entry).toEqual(decisionEntry(before as never));
  });

  test('a decision whose answer is lost is the one that holds', async () => {
    const lost = new Set<string>();
    bench.cloud.fault = ({ operation }) => {
      if (operation !== 'PutItem' || lost.has(operation)) return undefined;
      lost.add(operation);
      return 'lost-answer';
    };
    expect(await failedOf([record(application())])).toEqual([]);
    expect(audited()).toEqual(['A-1']);
  });
});

describe('what fails for a passing reason is reported, record by record', () => {
  test.each(['GenerateMac', 'PutItem', 'SendMessage'])('all of them when %s is refused', async (operation) => {
    bench.cloud.fault = on('refused', operation);
    expect(await failedOf(records)).toEqual(all);
    bench.cloud.fault = () => undefined;
    expect(await failedOf(records)).toEqual([]);
    expect(decided()).toHaveLength(3);
  });

  test('those whose writes never answer, before the time of the invocation is up', async () => {
    bench.cloud.fault = ({ operation, id }) =>
      (operation === 'PutItem' && id === 'A-1') || (operation === 'SendMessage' && id === 'B-2') ? 'hang' : undefined;
    const invocation = context(4_300);
    expect(await failedOf(records, invocation)).toEqual(['1', '2']);
    expect(invocation.getRemainingTimeInMillis()).toBeGreaterThan(0);
    expect(decided().toSorted()).toEqual(['decisions/B-2', 'decisions/C-3']);
    expect(audited()).toEqual(['C-3']);
  });

  test('all of them when KMS never answers, before the time of the invocation is up', async () => {
    bench.cloud.fault = on('hang', 'GenerateMac');
    const invocation = context(2_000);
    expect(await failedOf(records, invocation)).toEqual(all);
    expect(invocation.getRemainingTimeInMillis()).toBeGreaterThan(0);
  });

  test('none when a call hangs once: it is given up in time to be made again', async () => {
    let hung = false;
    bench.cloud.fault = ({ operation }) => {
      if (operation !== 'PutItem' || hung) return undefined;
      hung = true;
      return 'hang';
    };
    expect(await failedOf([record(application())], context(60_000))).toEqual([]);
    expect(audited()).toEqual(['A-1']);
  });

  test('an invocation with too little time leaves its records to the next', async () => {
    expect(await failedOf(records, context(3_900))).toEqual(all);
    expect(bench.model.requests).toEqual([]);
    expect(decided()).toEqual([]);
  });

  test.each(['a text', null, undefined])('a thrown %o, which is no Error, fails its record alone', async (thrown) => {
    const [first, second, third] = records as [KinesisStreamRecord, KinesisStreamRecord, KinesisStreamRecord];
    const kinesis = {
      ...second.kinesis,
      get data(): string {
        throw thrown;
      },
    };
    expect(await failedOf([first, { ...second, kinesis }, third])).toEqual(['2']);
    expect(decided().toSorted()).toEqual(['decisions/A-1', 'decisions/C-3']);
  });

  test('after a failure no later record of the same key is decided before it', async () => {
    const [first, second, other] = [
      record(application({ jobsCreated: 1 }), 1),
      record(application({ jobsCreated: 2 }), 2),
      record(application({ applicationId: 'B-2' }), 3),
    ] as const;
    let failing = true;
    bench.cloud.fault = ({ operation, id }) => {
      if (operation !== 'PutItem' || id !== 'A-1' || !failing) return undefined;
      failing = false;
      return 'refused';
    };
    expect(await failedOf([first, second, other])).toEqual(['1', '2']);
    expect(await failedOf([first, second])).toEqual([]);
    expect(decisionOf(bench.cloud, 'A-1')).toMatchObject({ features: { jobsCreated: 1 } });
  });
});
