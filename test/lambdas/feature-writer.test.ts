import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { application, batch, context, post, rawRecord, record } from './support/examples.ts';
import { type Bench, startBench } from './support/handlers.ts';
import { score } from './support/model.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
beforeEach(() => bench.cloud.reset());
afterAll(() => bench.close());

const write = (...records: Parameters<typeof batch>) => bench.writeFeatures(batch(...records), context());
const counts = (entity: string, month = '2004-03') => bench.cloud.items.get(`features/${entity}/${month}`);
const entities = () =>
  [...bench.cloud.items.keys()].filter((place) => place.startsWith('features/')).map((place) => place.split('/')[1]);

test('an application is counted for its industry, its region and the pseudonym of its applicant', async () => {
  expect(await write(record(application()))).toEqual({ batchItemFailures: [] });
  expect(counts('sector#72')).toMatchObject({ sa01: { N: '1' } });
  expect(counts('state#CA')).toMatchObject({ sa01: { N: '1' } });
  const applicants = entities().filter((entity) => entity?.startsWith('applicant#'));
  expect(applicants).toEqual([expect.stringMatching(/^applicant#[\w-]{43}$/)]);
  expect(JSON.stringify([...bench.cloud.items])).not.toContain('Zebedee');
});

test('of what is delivered twice, or sent twice under one id, the first counts', async () => {
  await write(record(application(), 1), record(application({ state: 'NY' }), 2));
  await write(record(application(), 1), record(application({ applicationId: 'A-2' }), 3));
  expect(counts('state#CA')).toMatchObject({ sa01: { N: '2' } });
  expect(counts('state#NY')).toBeUndefined();
});

test('a record that can not be read is not counted, and holds up nothing', async () => {
  const good = record(application(), 2);
  expect(await write(rawRecord('Zebedee', 1), good)).toEqual({ batchItemFailures: [] });
  expect(counts('state#CA')).toMatchObject({ sa01: { N: '1' } });
});

test('an application of before belongs to the history', async () => {
  await write(record(application({ submittedAt: '2003-12-31' })));
  expect(entities()).toEqual([]);
});

test('while the store is down every record is reported, and is counted once when it is back', async () => {
  const records = Array.from({ length: 30 }, (_, n) => record(application({ applicationId: `A-${n}` }), n));
  bench.cloud.fault = ({ operation }) => (operation === 'TransactWriteItems' ? 'refused' : undefined);
  expect((await write(...records)).batchItemFailures).toHaveLength(30);
  let calls = 0;
  bench.cloud.fault = ({ operation }) => (operation === 'TransactWriteItems' && ++calls === 2 ? 'refused' : undefined);
  expect((await write(...records)).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(
    Array.from({ length: 10 }, (_, n) => String(n + 20)),
  );
  await write(...records);
  expect(counts('state#CA')).toMatchObject({ sa01: { N: '30' } });
});

test('an outcome is counted from the day on which it is known, with the version that records it', async () => {
  bench.model.reply = () => score(0.1);
  await bench.consume(batch(record(application())), context());
  const outcome = { applicationId: 'A-1', outcome: 'defaulted', occurredAt: '2006-05-01', knownAt: '2006-07-30' };
  const tell = (changes: object = {}) => bench.outcomes(post(JSON.stringify({ ...outcome, ...changes })), context());
  await tell();
  await tell();
  expect(counts('state#CA', '2006-07')).toMatchObject({ sd30: { N: '1' } });
  expect(counts('state#CA', '2006-05')).toBeUndefined();

  await tell({ outcome: 'paid', knownAt: '2006-08-02', corrects: 1 });
  expect(counts('state#CA', '2006-07')).toMatchObject({ sd30: { N: '1' } });
  expect(counts('state#CA', '2006-08')).toMatchObject({ sd02: { N: '-1' }, sp02: { N: '1' } });
  expect(counts('sector#72', '2006-08')).toMatchObject({ sd02: { N: '-1' }, sp02: { N: '1' } });
});
