import { createHmac } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { badRequests } from './support/bad-input.ts';
import { application, batch, context, post, rawRecord } from './support/examples.ts';
import { type Bench, bodyOf, decisionOf, startBench } from './support/handlers.ts';

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
  const data = Buffer.from(bench.cloud.records[0]?.Data ?? '', 'base64').toString();
  expect(JSON.parse(data)).toEqual({ application: application(), receivedAt });
});

test('who signed the request goes with the application into the decision, and no further', async () => {
  const iam = { userId: 'AROAX:s-17' };
  await send(JSON.stringify(application()), { requestContext: { authorizer: { iam } } as never });
  const data = Buffer.from(bench.cloud.records[0]?.Data ?? '', 'base64').toString();
  expect(JSON.parse(data)).toMatchObject({ requestedBy: 'AROAX:s-17' });
  await bench.consume(batch(rawRecord(data)), context());
  expect(decisionOf(bench.cloud, 'A-1')).toMatchObject({ requestedBy: 'AROAX:s-17' });
  const path = { pathParameters: { applicationId: 'A-1' } } as unknown as APIGatewayProxyEventV2;
  expect((await bench.decisions(path, context())).body).not.toContain('s-17');
});

test('the order of an applicant is kept, by a key that tells nothing of them and is no pseudonym of decisions', async () => {
  await sendApplication();
  await sendApplication({ applicationId: 'A-2', applicantName: ' zebedee  quillfeather LTD' });
  await sendApplication({ applicationId: 'A-3', applicantName: 'Somebody Else' });
  const [first, second, other] = bench.cloud.records.map(({ PartitionKey }) => PartitionKey);
  const mac = (purpose: string) =>
    createHmac('sha256', 'pseudonym-key').update(`seaworthy/pseudonym/${purpose}/v1`).digest();
  const keyFor = (purpose: string) =>
    createHmac('sha256', mac(purpose)).update('ZEBEDEE QUILLFEATHER LTD').digest('base64url');
  expect([first, second]).toEqual([keyFor('stream-order'), keyFor('stream-order')]);
  expect(first).not.toBe(keyFor('loan-applicant'));
  expect(other).not.toBe(first);
});

test('a body in base64 is taken in like any other', async () => {
  const body = Buffer.from(JSON.stringify(application({ applicantName: 'Müller & Søn 株式会社' })));
  const answer = await send(body.toString('base64'), { isBase64Encoded: true });
  expect(answer.statusCode).toBe(202);
  expect(Buffer.from(bench.cloud.records[0]?.Data ?? '', 'base64').includes('Müller & Søn 株式会社')).toBe(true);
});

describe('what is not in order is refused by the name of its field, and nothing of it is kept', () => {
  test.each(badRequests)('$name', async ({ event, status, code, field, problem }) => {
    const answer = await bench.intake(event, context());
    expect(answer.statusCode).toBe(status);
    expect(bodyOf(answer)).toEqual({
      error: {
        code,
        message: expect.stringContaining(`${field} ${problem}: `),
        fields: [{ field, problem, remedy: expect.stringMatching(/^(give|add|remove|leave) ?/) }],
      },
    });
    expect(answer.body).not.toContain('Zebedee');
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

    test('an invocation that fails late does not give up the claim of the one after it', async () => {
      bench.cloud.fault = ({ operation }) => {
        if (operation !== 'PutRecord') return undefined;
        const claim = bench.cloud.items.get('applications/A-1');
        if (claim) bench.cloud.items.set('applications/A-1', { ...claim, claimOwner: { S: 'the one after it' } });
        return 'refused';
      };
      await expect(sendApplication()).rejects.toThrow('not allowed');
      expect(Number(bench.cloud.items.get('applications/A-1')?.['claimedAt']?.N)).toBeGreaterThan(0);
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
