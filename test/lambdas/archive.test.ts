import { gunzipSync } from 'node:zlib';
import type { KinesisStreamRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { archive } from '../../lambdas/patterns/archive/archive.ts';
import { s3Client } from '../../lambdas/patterns/clients/clients.ts';
import { recordsOf } from '../../lambdas/patterns/stream/stream-record.ts';
import specification from '../../schemas/archive.json' with { type: 'json' };
import { application, batch, personalWords, rawRecord, record } from './support/examples.ts';
import { type Request, type Server, serve } from './support/server.ts';

let server: Server;
const puts: Request[] = [];
beforeAll(async () => {
  server = await serve((request) => {
    puts.push(request);
    return { status: 200, type: 'application/xml', body: '' };
  });
  for (const [name, value] of Object.entries({
    AWS_ENDPOINT_URL: server.url,
    AWS_REGION: 'eu-west-2',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  }))
    vi.stubEnv(name, value);
});
beforeEach(() => {
  puts.length = 0;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

const put = (...records: KinesisStreamRecord[]) =>
  archive(s3Client(), 'archive', recordsOf(batch(...records)), () => 'pseudonym', {
    leftMs: () => 60_000,
    signal: new AbortController().signal,
  });
const rowsOf = ({ body }: Request) =>
  gunzipSync(body)
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('a batch is one object of the day, with the columns of the catalogue and nothing of the person', async () => {
  const records = [1, 2, 3].map((number) => record(application({ applicationId: `A-${number}` }), number));
  expect(await put(...records)).toEqual({ rows: 3, unreadable: 0 });
  expect(puts.map(({ path }) => path)).toEqual(['/archive/archive/day%3D2026-05-05/shardId-000000000000-1-3.json.gz']);
  const rows = rowsOf(puts[0] as Request);
  expect(Object.keys(rows[0] ?? {})).toEqual(specification.columns.map(({ name }) => name));
  expect(rows[0]).toMatchObject({ application_id: 'A-1', applicant: 'pseudonym', position: '1', state: 'CA' });
  for (const word of personalWords) expect(JSON.stringify(rows)).not.toContain(word);
});

test('what is no application is left to the quarantine, and the same batch again is the same object', async () => {
  const records = [rawRecord('Zebedee', 1), record(application(), 2)];
  expect(await put(...records)).toEqual({ rows: 1, unreadable: 1 });
  await put(...records);
  expect(puts.map(({ path }) => path)).toEqual(Array(2).fill(puts[0]?.path));
  expect(puts[0]?.body).toEqual(puts[1]?.body);
});

test('a batch over midnight is an object for each day', async () => {
  const late = record(application(), 1);
  const next = { ...late, kinesis: { ...late.kinesis, sequenceNumber: '2' } };
  next.kinesis.approximateArrivalTimestamp = Date.parse('2026-05-06T00:00:01.000Z') / 1000;
  await put(late, next);
  expect(puts.map(({ path }) => decodeURIComponent(path).split('/')[3])).toEqual(['day=2026-05-05', 'day=2026-05-06']);
});
