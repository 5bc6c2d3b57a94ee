import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { application, batch, context, post, record } from './support/examples.ts';
import { type Bench, bodyOf, decisionOf, startBench } from './support/handlers.ts';
import { score } from './support/model.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
beforeEach(() => bench.cloud.reset());
afterAll(() => bench.close());

const ask = (pathParameters?: Record<string, string>) =>
  bench.status({ pathParameters } as APIGatewayProxyEventV2, context());

test('an application that was received is received until it is decided, then it shows its decision', async () => {
  await bench.intake(post(JSON.stringify(application())), context());
  const before = await ask({ applicationId: 'A-1' });
  expect(before.statusCode).toBe(200);
  expect(bodyOf(before)).toEqual({ applicationId: 'A-1', status: 'received' });

  bench.model.reply = () => score(0.9);
  await bench.consume(batch(record(application())), context());
  const after = await ask({ applicationId: 'A-1' });
  expect(after.statusCode).toBe(200);
  expect(bodyOf(after)).toEqual({
    applicationId: 'A-1',
    status: 'declined',
    decision: decisionOf(bench.cloud, 'A-1'),
  });
});

test.each([
  [{ applicationId: 'unknown' }],
  [{ applicationId: "x' OR 1=1" }],
  [{ applicationId: 'A'.repeat(3000) }],
  [undefined],
])('an id that was not received is not known: %o', async (pathParameters) => {
  const answer = await ask(pathParameters);
  expect(answer.statusCode).toBe(404);
  expect(bodyOf(answer)).toEqual({
    error: {
      code: 'not-found',
      message: 'applicationId is not known: give the id of an application that was received',
      fields: [
        { field: 'applicationId', problem: 'is not known', remedy: 'give the id of an application that was received' },
      ],
    },
  });
});
