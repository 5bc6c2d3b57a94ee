import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { dynamoClient, s3Client } from '../../../lambdas/patterns/clients/clients.ts';
import { deadlineOf, within } from '../../../lambdas/patterns/resilience/deadline.ts';
import { unitOfWork } from '../../../lambdas/patterns/resilience/retry-budget.ts';
import { context } from '../support/examples.ts';
import { type Reply, type Server, serve } from '../support/server.ts';

let server: Server;
let reply: () => Reply = () => 'hang';
let calls = 0;
beforeEach(async () => {
  calls = 0;
  server = await serve(() => {
    calls++;
    return reply();
  });
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  vi.stubEnv('AWS_REGION', 'eu-west-2');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

const item = new GetItemCommand({ TableName: 'table', Key: { id: { S: '1' } } });
const throttled: Reply = { status: 400, type: 'application/x-amz-json-1.1', body: '{"__type":"ThrottlingException"}' };

test.each([
  ['DynamoDB', (signal: AbortSignal) => dynamoClient().send(item, { abortSignal: signal })],
  [
    'S3',
    (signal: AbortSignal) => s3Client().send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }), { abortSignal: signal }),
  ],
])(
  'a call to %s that is accepted and never answered ends with its deadline, after more than one attempt',
  async (_, send) => {
    reply = () => 'hang';
    const deadline = deadlineOf(context(1_600), 1_000);
    await expect(send(deadline.signal)).rejects.toThrow();
    expect(calls).toBeGreaterThan(1);
    expect(deadline.leftMs()).toBeLessThanOrEqual(250);
  },
);

test('an earlier deadline inside another ends its calls, and leaves the rest of the time', async () => {
  reply = () => 'hang';
  const outer = deadlineOf(context(60_000), 1_000);
  await expect(dynamoClient().send(item, { abortSignal: within(outer, 200).signal })).rejects.toThrow();
  expect(outer.signal.aborted).toBe(false);
  expect(outer.leftMs()).toBeGreaterThan(50_000);
});

test('a unit of work that was delivered often has no retries left inside', async () => {
  reply = () => throttled;
  await expect(unitOfWork(4, () => dynamoClient().send(item))).rejects.toThrow();
  expect(calls).toBe(1);
});
