import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { AuditEntry } from '../../lambdas/patterns/audit/entry.ts';
import type { ReviewRequest } from '../../lambdas/patterns/review/request.ts';
import { type Cloud, startCloud } from './support/cloud.ts';
import { bodyOf, environmentOf } from './support/handlers.ts';

let cloud: Cloud;
let handler: typeof import('../../lambdas/mode/handler.ts').handler;

beforeAll(async () => {
  cloud = await startCloud();
  const environment = {
    ...environmentOf(cloud, { url: 'http://model.local' }),
    MODE_STRATEGIES: 'at-once/watched',
    SWITCH_GROUP: 'duty-officers',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  ({ handler } = await import('../../lambdas/mode/handler.ts'));
});
beforeEach(() => cloud.reset());
afterAll(async () => {
  vi.unstubAllEnvs();
  await cloud.close();
});

async function call(routeKey: string, groups: readonly string[], body?: object) {
  const event = {
    routeKey,
    requestContext: { authorizer: { jwt: { claims: { sub: 'staff-7', 'cognito:groups': groups } } } },
    body: JSON.stringify(body),
  } as unknown as ReviewRequest;
  const answer = await handler(event, { getRemainingTimeInMillis: () => 20_000 } as never);
  return { status: answer.statusCode, body: bodyOf(answer as { body: string }) };
}
const officer = ['duty-officers'];
const stop = { mode: 'stop', from: 'normal', reason: 'drill' };
const entries = () => cloud.messages.map((message) => JSON.parse(message) as AuditEntry);

test('everybody who signed in sees the mode, who set it, why, and whether they may switch it', async () => {
  const shown = { mode: 'normal', by: 'deployment', reason: 'as deployed', at: null };
  expect(await call('GET /mode', ['reviewers'])).toEqual({ status: 200, body: { ...shown, maySwitch: false } });
  expect(await call('GET /mode', officer)).toEqual({ status: 200, body: { ...shown, maySwitch: true } });
  cloud.mode = '{"mode":"full speed"}';
  expect((await call('GET /mode', officer)).body).toMatchObject({ mode: 'unknown' });
});

test('a duty officer stops: it is in the audit trail in their name before it is deployed', async () => {
  expect(await call('PUT /mode', officer, stop)).toEqual({ status: 202, body: { deployment: 1 } });
  const [entry] = entries();
  expect(entry).toMatchObject({ type: 'mode', from: 'normal', to: 'stop', by: 'staff-7', reason: 'drill' });
  const order = cloud.calls.map(({ operation }) => operation);
  expect(order.indexOf('SendMessage')).toBeLessThan(order.indexOf('StartDeployment'));
  expect((await call('GET /mode', officer)).body).toMatchObject({ mode: 'stop', by: 'staff-7', at: entry?.at });
});

test.each([[['reviewers', 'senior-reviewers', 'oversight']], [['model-owners']], [[]]])(
  'whoever is in %j only may not, and nothing is written',
  async (groups) => {
    const refused = { status: 403, body: { error: { code: 'not-entitled' } } };
    expect(await call('PUT /mode', groups, stop)).toMatchObject(refused);
    expect([cloud.messages, cloud.modeVersions]).toEqual([[], []]);
  },
);

test('without a reason, or to what is no mode, nothing is switched', async () => {
  for (const wrong of [{ ...stop, reason: ' ' }, { ...stop, mode: 'halt' }, { ...stop, by: 'somebody else' }, {}])
    expect(await call('PUT /mode', officer, wrong)).toMatchObject({ status: 400 });
  expect([cloud.messages, cloud.modeVersions]).toEqual([[], []]);
});

test('whoever ends a mode must have seen it; a stop asks for nothing', async () => {
  await call('PUT /mode', officer, stop);
  const back = { mode: 'normal', from: 'normal', reason: 'all is well' };
  expect(await call('PUT /mode', officer, back)).toMatchObject({
    status: 409,
    body: { error: { code: 'mode-changed' } },
  });
  expect(await call('PUT /mode', officer, { ...back, from: 'stop' })).toMatchObject({ status: 202 });
  expect(await call('PUT /mode', officer, { ...stop, from: 'manual' })).toMatchObject({ status: 202 });
});

test('what the audit trail does not take does not take effect', async () => {
  cloud.fault = ({ operation }) => (operation === 'SendMessage' ? 'refused' : undefined);
  await expect(call('PUT /mode', officer, stop)).rejects.toThrow('not allowed');
  expect(cloud.calls.map(({ operation }) => operation)).not.toContain('StartDeployment');
});
