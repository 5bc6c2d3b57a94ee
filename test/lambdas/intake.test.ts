import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { application, context, post } from './support/examples.ts';
import { type Bench, bodyOf, startBench } from './support/handlers.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
beforeEach(() => bench.cloud.reset());
afterAll(() => bench.close());

const send = (body: string, changes = {}) => bench.intake(post(body, changes), context());
const sendApplication = (changes = {}) => send(JSON.stringify(application(changes)));

test('an application in order is claimed and put on the stream as it came', async () => {
  const answer = await sendApplication();
  expect(answer.statusCode).toBe(202);
  const { receivedAt } = bodyOf(answer) as { receivedAt: string };
  expect(bodyOf(answer)).toEqual({ applicationId: 'A-1', status: 'received', receivedAt });
  expect(bench.cloud.records).toHaveLength(1);
  expect(bench.cloud.records[0]?.PartitionKey).toBe('A-1');
  const data = Buffer.from(bench.cloud.records[0]?.Data ?? '', 'base64').toString();
  expect(JSON.parse(data)).toEqual({ application: application(), receivedAt });
});

test('a body in base64 is taken in like any other', async () => {
  const body = Buffer.from(JSON.stringify(application({ applicantName: 'Müller & Søn 株式会社' })));
  const answer = await send(body.toString('base64'), { isBase64Encoded: true });
  expect(answer.statusCode).toBe(202);
  expect(Buffer.from(bench.cloud.records[0]?.Data ?? '', 'base64').includes('Müller & Søn 株式会社')).toBe(true);
});

const { city: _, ...withoutCity } = application();
const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
const json = (changes: object) => JSON.stringify(application(changes as Record<string, unknown>));
const base64 = (bytes: Buffer) => ({ body: bytes.toString('base64'), isBase64Encoded: true });
const text = (body: string) => ({ body });

describe('what is not in order is refused by the name of its field, and nothing of it is kept', () => {
  test.each([
    ['not JSON', text('{"applicationId": Zebedee'), 400, 'malformed', '(body)', 'is not JSON'],
    ['empty', text(''), 400, 'malformed', '(body)', 'is not JSON'],
    ['not an object', text('"Zebedee"'), 400, 'invalid', '(document)', 'is not an application'],
    ['null', text('null'), 400, 'invalid', '(document)', 'is not an application'],
    ['a field is missing', text(JSON.stringify(withoutCity)), 400, 'invalid', 'city', 'is missing'],
    ['a field too many', text(json({ note: 'x' })), 400, 'invalid', 'note', 'is not a field of an application'],
    ['a made-up name', text(json({ 'a b': 1 })), 400, 'invalid', '(unknown field)', 'is not a field of an application'],
    [
      '__proto__',
      text(`{"__proto__":1,${json({}).slice(1)}`),
      400,
      'invalid',
      '__proto__',
      'is not a field of an application',
    ],
    ['wrong type', text(json({ employees: 'four' })), 400, 'invalid', 'employees', 'is not of the right type'],
    [
      'negative guarantee',
      text(json({ guaranteedAmount: -1 })),
      400,
      'invalid',
      'guaranteedAmount',
      'has a value that is not allowed',
    ],
    [
      'no amount',
      text(json({ requestedAmount: 0, guaranteedAmount: 0 })),
      400,
      'invalid',
      'requestedAmount',
      'has a value that is not allowed',
    ],
    [
      'guarantee over the amount',
      text(json({ guaranteedAmount: 50_001 })),
      400,
      'invalid',
      'guaranteedAmount',
      'has a value that is not allowed',
    ],
    [
      'a number beyond all',
      text(json({}).replace('50000', '1e999')),
      400,
      'invalid',
      'requestedAmount',
      'has a value that is not allowed',
    ],
    [
      'NUL in a name',
      text(json({ applicantName: 'Zebedee\0' })),
      400,
      'invalid',
      'applicantName',
      'has a value that is not allowed',
    ],
    [
      'raw NUL bytes',
      text(json({ applicantName: 'Z@' }).replace('@', '\0')),
      400,
      'malformed',
      '(body)',
      'is not JSON',
    ],
    [
      'half a surrogate pair',
      text(json({}).replace('Zebedee', '\\ud800')),
      400,
      'invalid',
      'applicantName',
      'has a value that is not allowed',
    ],
    ['a date in the future', text(json({ submittedAt: tomorrow })), 400, 'invalid', 'submittedAt', 'is in the future'],
    [
      'no day of the calendar',
      text(json({ submittedAt: '2003-02-29' })),
      400,
      'invalid',
      'submittedAt',
      'has a value that is not allowed',
    ],
    ['2 MB', text(json({ applicantName: 'Z'.repeat(2_000_000) })), 413, 'too-large', '(body)', 'is too large'],
    ['2 MB in base64', base64(Buffer.alloc(2_000_000, 'Z')), 413, 'too-large', '(body)', 'is too large'],
    ['not UTF-8', base64(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])), 400, 'malformed', '(body)', 'is not JSON'],
    [
      'another content type',
      { body: 'a=b', headers: { 'content-type': 'text/plain' } },
      415,
      'unsupported-media-type',
      'content-type',
      'is not supported',
    ],
    [
      'a patch',
      { body: json({}), headers: { 'content-type': 'application/json-patch+json' } },
      415,
      'unsupported-media-type',
      'content-type',
      'is not supported',
    ],
  ])('%s', async (_name, { body, ...changes }, status, code, field, problem) => {
    const answer = await send(body, changes);
    expect(answer.statusCode).toBe(status);
    const { error } = bodyOf(answer) as {
      error: { code: string; fields: { field: string; problem: string; remedy: string }[] };
    };
    expect(error.code).toBe(code);
    expect(error.fields).toHaveLength(1);
    expect(error.fields[0]).toMatchObject({ field, problem });
    expect(error.fields[0]?.remedy).toMatch(/^\w/);
    expect(answer.body).not.toMatch(/Zebedee|four/);
    expect(bench.cloud.calls).toEqual([]);
  });

  test('every field at fault is named', async () => {
    const answer = await sendApplication({ state: 'California', zip: 94043, employees: 1.5 });
    expect(bodyOf(answer)).toMatchObject({
      error: { fields: [{ field: 'state' }, { field: 'zip' }, { field: 'employees' }] },
    });
  });
});

describe('an id is taken once', () => {
  test('a repeat of the same content is refused', async () => {
    await sendApplication();
    const answer = await sendApplication();
    expect(answer.statusCode).toBe(409);
    expect(bodyOf(answer)).toMatchObject({ error: { code: 'duplicate', fields: [{ field: 'applicationId' }] } });
    expect(bench.cloud.records).toHaveLength(1);
  });

  test('of two at the same time one is taken in', async () => {
    const answers = await Promise.all([sendApplication(), sendApplication({ city: 'Elsewhere' })]);
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([202, 409]);
    expect(bench.cloud.records).toHaveLength(1);
  });

  test('a put that failed can be repeated at once, with the fields in any order', async () => {
    bench.cloud.fault = ({ operation }) => (operation === 'PutRecord' ? 'refused' : undefined);
    await expect(sendApplication()).rejects.toThrow('not allowed');
    bench.cloud.fault = () => undefined;
    expect((await sendApplication({ city: 'Elsewhere' })).statusCode).toBe(409);
    const reversed = Object.fromEntries(Object.entries(application()).reverse());
    expect((await send(JSON.stringify(reversed))).statusCode).toBe(202);
    expect(bench.cloud.records).toHaveLength(1);
  });

  test('a stream that never answers ends with the time of the invocation, and the application can be repeated', async () => {
    bench.cloud.fault = ({ operation }) => (operation === 'PutRecord' ? 'hang' : undefined);
    await expect(bench.intake(post(JSON.stringify(application())), context(1_700))).rejects.toThrow('abort');
    bench.cloud.fault = () => undefined;
    expect((await sendApplication()).statusCode).toBe(202);
  });

  test('if giving the claim up fails too, both failures are told', async () => {
    bench.cloud.fault = ({ operation }) => (operation === 'PutItem' ? undefined : 'refused');
    await expect(sendApplication()).rejects.toMatchObject({
      errors: [{ message: 'not allowed' }, { message: 'not allowed' }],
    });
  });

  describe('after a crash between claim and put', () => {
    const claimAged = async (ageMs: number) => {
      vi.setSystemTime(Date.now() - ageMs);
      await sendApplication();
      vi.useRealTimers();
      bench.cloud.records.length = 0;
    };

    test('the same content is queued again once the claim is old', async () => {
      await claimAged(61_000);
      expect((await sendApplication()).statusCode).toBe(202);
      expect(bench.cloud.records).toHaveLength(1);
    });

    test('other content is not', async () => {
      await claimAged(61_000);
      expect((await sendApplication({ city: 'Elsewhere' })).statusCode).toBe(409);
    });

    test('a claim that is young is not', async () => {
      await claimAged(30_000);
      expect((await sendApplication()).statusCode).toBe(409);
    });

    test('an application that is decided is not', async () => {
      await claimAged(61_000);
      bench.cloud.items.set('decisions/A-1', { applicationId: { S: 'A-1' }, record: { S: '{}' } });
      expect((await sendApplication()).statusCode).toBe(409);
      expect(bench.cloud.records).toEqual([]);
    });
  });
});
