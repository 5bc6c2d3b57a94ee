import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { EarlierFailed } from '../../lambdas/patterns/concurrency/in-order.ts';
import { Braked } from '../../lambdas/patterns/poison/brake.ts';
import { poisonClasses } from '../../lambdas/patterns/poison/classes.ts';
import { classOf } from '../../lambdas/patterns/poison/classify.ts';
import { PoisonRecord } from '../../lambdas/patterns/poison/poison-record.ts';
import { OutOfTime } from '../../lambdas/patterns/resilience/deadline.ts';
import { application, batch, context, record } from './support/examples.ts';
import { type Bench, startBench } from './support/handlers.ts';

describe('the class of a failure', () => {
  const answered = (name: string, status: number) =>
    Object.assign(new Error('said by a service'), { name, $metadata: { httpStatusCode: status } });
  const socket = Object.assign(new Error('socket'), { code: 'ECONNRESET', name: 'Error' });

  test.each([
    ['a record with a reason of its own', new PoisonRecord('oversized', []), 'oversized'],
    ['too little time', new OutOfTime(), 'transient'],
    ['an earlier record of the key', new EarlierFailed(), 'transient'],
    ['a batch that was stopped', new Braked(), 'transient'],
    ['an abort at the deadline', new DOMException('aborted', 'AbortError'), 'transient'],
    ['a time limit', new DOMException('late', 'TimeoutError'), 'transient'],
    ['a throttled call', answered('ProvisionedThroughputExceededException', 400), 'transient'],
    ['too many requests', answered('SlowDown', 429), 'transient'],
    ['a service that fails', answered('InternalServerError', 500), 'transient'],
    ['a service that is away', answered('ServiceUnavailable', 503), 'transient'],
    ['a cut connection', socket, 'transient'],
    ['a right that is missing', answered('AccessDeniedException', 400), 'unknown'],
    ['a table that is missing', answered('ResourceNotFoundException', 400), 'unknown'],
    ['a mistake of the code', new TypeError('x is not a function'), 'unknown'],
    ['no Error at all', 'Zebedee', 'unknown'],
    ['nothing', undefined, 'unknown'],
  ])('of %s is told', (_what, thrown, expected) => {
    expect(classOf(thrown)).toBe(expected);
  });
});

test('each class says what becomes of its records', () => {
  const actions = Object.entries(poisonClasses).map(([name, { action }]) => [name, action]);
  expect(Object.fromEntries(actions)).toEqual({
    malformed: 'quarantine',
    'schema-invalid': 'quarantine',
    oversized: 'quarantine',
    'policy-blocked': 'quarantine',
    transient: 'retry',
    unknown: 'stop',
  });
});

describe('a fault of ours', () => {
  let bench: Bench;
  beforeEach(async () => {
    await bench?.close();
    bench = await startBench();
  });
  afterAll(() => bench.close());

  const records = Array.from({ length: 100 }, (_, index) =>
    record(application({ applicationId: `A-${index}` }), index + 1),
  );
  const begun = () => bench.cloud.calls.filter(({ operation }) => operation === 'PutItem');
  const decided = () => [...bench.cloud.items.keys()].filter((key) => key.startsWith('decisions/'));
  const reported = async () => (await bench.consume(batch(...records), context())).batchItemFailures;

  test('stops the batch after a few records, and all are delivered again', async () => {
    bench.cloud.fault = ({ operation }) => (operation === 'PutItem' ? 'refused' : undefined);
    expect(await reported()).toHaveLength(100);
    // Those that were under way when the third failed, and none after.
    expect(begun().length).toBeGreaterThanOrEqual(3);
    expect(begun().length).toBeLessThanOrEqual(18);
  });

  test('that meets one record harms no other', async () => {
    bench.cloud.fault = ({ operation, id }) => (operation === 'PutItem' && id === 'A-7' ? 'refused' : undefined);
    expect(await reported()).toEqual([{ itemIdentifier: '8' }]);
    expect(decided()).toHaveLength(99);
  });

  test('that passes stops nothing', async () => {
    const busy = new Set(['A-1', 'A-2', 'A-3', 'A-4']);
    bench.cloud.fault = ({ operation, id }) => (operation === 'PutItem' && busy.has(id) ? 'cut' : undefined);
    expect(await reported()).toHaveLength(4);
    expect(decided()).toHaveLength(96);
  });
});
