import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Flight } from '../../lambdas/canary/handler.ts';
import { validate } from '../../lambdas/patterns/application/validate.ts';
import { entryOfJson } from '../../lambdas/patterns/audit/entry.ts';
import { badCanary, badField, goodCanary, isCanary } from '../../lambdas/patterns/canary/canary.ts';
import { application, batch, context, post, record } from './support/examples.ts';
import { type Bench, bodyOf, startBench } from './support/handlers.ts';
import { score } from './support/model.ts';
import { type Reply, type Request, type Server, serve } from './support/server.ts';

let bench: Bench;
let server: Server;
let api: (request: Request) => Reply;
let fly: () => Promise<Flight>;

beforeAll(async () => {
  bench = await startBench();
  server = await serve((request) => api(request));
  const environment = { API_URL: server.url, WITHIN_SECONDS: '10', AWS_REGION: 'eu-west-2' };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const { handler } = await import('../../lambdas/canary/handler.ts');
  fly = () => handler({}, context(5_000));
});
beforeEach(() => {
  bench.cloud.reset();
  bench.model.reply = () => score(0.1);
});
afterAll(async () => {
  await server.close();
  await bench.close();
});

const json = (status: number, body: object): Reply => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
});
const refused = json(400, { error: { code: 'invalid', fields: [{ field: badField }] } });
const isBad = ({ body }: Request) =>
  JSON.parse(body.toString())[badField] > JSON.parse(body.toString()).requestedAmount;

/** A door that answers so to the bad canary, takes the good one in, and tells of a decision or of none. */
const door =
  (toBad: Reply, decision: Reply = json(200, { outcome: 'approved' })) =>
  (request: Request): Reply => {
    if (request.method === 'GET') return decision;
    return isBad(request) ? toBad : json(202, {});
  };

const today = new Date();

test('the good canary is in order, and the bad one has the one fault', () => {
  expect(validate(goodCanary(today), today.getTime()).ok).toBe(true);
  expect(validate(badCanary(today), today.getTime())).toMatchObject({ ok: false, problems: [{ field: badField }] });
});

test('both come home through a door that works, signed', async () => {
  let signature: string | undefined;
  api = (request) => {
    signature = request.headers.authorization;
    return door(refused)(request);
  };
  expect(await fly()).toEqual({ decided: true, refused: true });
  expect(signature).toMatch(/^AWS4-HMAC-SHA256 Credential=.*execute-api/);
});

test.each<[string, Reply, Flight]>([
  ['lets it in', json(202, {}), { decided: true, refused: false }],
  [
    'refuses it for another reason',
    json(400, { error: { code: 'invalid', fields: [{ field: 'zip' }] } }),
    { decided: true, refused: false },
  ],
  ['does not say', json(503, {}), { decided: true }],
])('a bad canary, and a door that %s', async (_, answer, found) => {
  api = door(answer);
  expect(await fly()).toEqual(found);
});

test('a good canary that is never decided, or not taken in, is lost in time to say so', async () => {
  api = door(refused, json(404, {}));
  expect(await fly()).toEqual({ decided: false, refused: true });
  api = (request) => (request.method === 'POST' && isBad(request) ? refused : json(500, {}));
  expect(await fly()).toEqual({ decided: false, refused: true });
});

test('a canary has a way of its own at the door', async () => {
  const canary = JSON.stringify(goodCanary(today));
  expect((await bench.intake(post(canary, { routeKey: 'POST /canaries' }), context())).statusCode).toBe(202);
  const other = await bench.intake(post(canary, { routeKey: 'POST /applications' }), context());
  expect(other.statusCode).toBe(400);
  expect(bodyOf(other)).toMatchObject({ error: { fields: [{ field: 'applicationId' }] } });
  const plain = JSON.stringify(application());
  expect((await bench.intake(post(plain, { routeKey: 'POST /canaries' }), context())).statusCode).toBe(400);
});

test('a canary is decided and recorded, and goes to nobody and into no count', async () => {
  // Near the threshold: any other would go to a person.
  bench.model.reply = () => score(1 / 6);
  const canary = { ...goodCanary(today), submittedAt: '2004-03-01' };
  await bench.consume(batch(record(canary)), context());
  const places = [...bench.cloud.items.keys()];
  expect(places).toContain(`decisions/${canary.applicationId}`);
  expect(bench.cloud.messages.map((message) => entryOfJson(message).type)).toEqual(['configuration', 'decision']);
  expect(places.filter((place) => place.startsWith('cases/'))).toEqual([]);
  await bench.writeFeatures(batch(record(canary)), context());
  expect([...bench.cloud.items.keys()].filter((place) => place.startsWith('features/'))).toEqual([]);
  const outcome = {
    applicationId: canary.applicationId,
    outcome: 'paid',
    occurredAt: '2006-05-01',
    knownAt: '2006-05-01',
  };
  expect((await bench.outcomes(post(JSON.stringify(outcome)), context())).statusCode).toBe(404);
  expect(isCanary(application().applicationId)).toBe(false);
});
