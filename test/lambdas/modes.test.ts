import { readFileSync } from 'node:fs';
import { AppConfigDataClient } from '@aws-sdk/client-appconfigdata';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { modes, parseMode } from '../../lambdas/patterns/modes/mode.ts';
import { modesOf } from '../../lambdas/patterns/modes/modes.ts';
import type { Deadline } from '../../lambdas/patterns/resilience/deadline.ts';
import { type Cloud, startCloud } from './support/cloud.ts';

let cloud: Cloud;
let now = 0;
let unknown: string[] = [];
beforeAll(async () => {
  cloud = await startCloud();
});
beforeEach(() => {
  cloud.reset();
  now = 1_000_000;
  unknown = [];
});
afterAll(() => cloud.close());

const deadline: Deadline = { leftMs: () => 60_000, signal: new AbortController().signal };

function reader(): () => ReturnType<ReturnType<typeof modesOf>> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new AppConfigDataClient({ endpoint: cloud.url, region: 'eu-west-2', credentials, maxAttempts: 1 });
  const address = { application: 'app', environment: 'env', profile: 'profile' };
  const mode = modesOf({ client, address, now: () => now, onUnknown: (why) => unknown.push(why) });
  return () => mode(deadline);
}
const set = (mode: string) => {
  cloud.mode = JSON.stringify({ mode, reason: 'a test', by: 'tester' });
};
const down = () => {
  cloud.fault = ({ resource }) => (resource === 'mode' ? 'refused' : undefined);
};

test('a stop takes effect within 30 seconds, wherever in the time between two questions it is given', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 30_000 }),
      fc.array(fc.integer({ min: 1, max: 9_000 })),
      async (at, gaps) => {
        cloud.reset();
        now = 1_000_000;
        const mode = reader();
        expect(await mode()).toBe('normal');
        const given = now + at;
        for (const gap of [...gaps, 30_000]) {
          now += gap;
          if (now >= given) set('stop');
          if (now >= given + 30_000) expect(await mode()).toBe('stop');
          else expect(['normal', 'stop']).toContain(await mode());
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('an answer that changes nothing is empty, and the mode stays', async () => {
  set('degraded');
  const mode = reader();
  expect(await mode()).toBe('degraded');
  cloud.mode = '';
  now += 15_000;
  expect(await mode()).toBe('degraded');
});

test('the mode is asked for once in 15 seconds, and once by calls at the same time', async () => {
  const mode = reader();
  await Promise.all([mode(), mode(), mode()]);
  now += 14_999;
  await mode();
  expect(cloud.calls.filter(({ operation }) => operation === 'GetLatestConfiguration')).toHaveLength(1);
});

test('while it can not be asked for the last mode holds for 30 seconds, then a person decides, and it comes back', async () => {
  const mode = reader();
  await mode();
  down();
  now += 20_000;
  expect(await mode()).toBe('normal');
  expect(unknown).toEqual([]);
  now += 10_000;
  expect(await mode()).toBe('manual');
  expect(unknown).toEqual(['unreachable']);
  cloud.fault = () => undefined;
  now += 2_000;
  expect(await mode()).toBe('normal');
});

test('what AppConfig’s schema lets pass is what the code reads, and nothing else', () => {
  const file = new URL('../../schemas/modes.schema.json', import.meta.url);
  const { $schema: _, ...schema } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const valid = new Ajv().compile(schema);
  const anyDocument = fc.oneof(
    fc.record({ mode: fc.constantFrom(...modes), reason: fc.string(), by: fc.string() }),
    fc.record({
      mode: fc.constantFrom(...modes),
      reason: fc.constant('drill'),
      by: fc.constant('staff-7'),
      at: fc.oneof(
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        fc.string(),
      ),
    }),
    fc.record({ mode: fc.string(), reason: fc.string({ minLength: 1 }), by: fc.string({ minLength: 1 }) }),
    fc.record({ mode: fc.constantFrom(...modes), extra: fc.string() }, { requiredKeys: [] }),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(anyDocument, (document) => {
      const text = JSON.stringify(document);
      expect(parseMode(text) !== undefined).toBe(valid(JSON.parse(text)));
    }),
  );
});
