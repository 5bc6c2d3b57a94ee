import { PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type AuditEntry, decisionEntry, entryName, subjectOf } from '../../../lambdas/patterns/audit/entry.ts';
import { sequence } from '../../../lambdas/patterns/audit/log/sequence.ts';
import type { LogStores } from '../../../lambdas/patterns/audit/log/store.ts';
import { keyIdOf, readEnvelope } from '../../../lambdas/patterns/audit/seal/envelope.ts';
import { sealer } from '../../../lambdas/patterns/audit/seal/sealer.ts';
import {
  eraseKey,
  forgetErasedKey,
  KeyErased,
  keyToOpen,
  keyToSeal,
} from '../../../lambdas/patterns/audit/seal/subject-keys.ts';
import { openCheckpoint } from '../../../lambdas/patterns/audit/tlog/checkpoint.ts';
import { checkpointPath } from '../../../lambdas/patterns/audit/tlog/tiles.ts';
import { bucketSource } from '../../../lambdas/patterns/audit/verify/bucket-source.ts';
import { entriesOf } from '../../../lambdas/patterns/audit/verify/entries.ts';
import { verifyLog } from '../../../lambdas/patterns/audit/verify/verify.ts';
import { sqsClient } from '../../../lambdas/patterns/clients/clients.ts';
import { context } from '../support/examples.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import { madeDecision, oneOfEach } from './entries.ts';

vi.setConfig({ hookTimeout: 120_000 });

const { signal } = new AbortController();
let embedded: Embedded;
beforeAll(async () => {
  embedded = await startEmbedded();
});
afterAll(() => embedded.close());

const append = (entries: readonly AuditEntry[], stores: LogStores = embedded.stores) => {
  const seal = sealer((subject, at) => keyToSeal(embedded.subjectKeys, subject, at));
  return sequence(
    stores,
    embedded.key,
    entries.map((entry) => ({ name: entryName(entry), seal: () => seal(entry) })),
  );
};
const source = () => bucketSource(embedded.clients.s3, embedded.places.auditBucket, signal);

/** The verified log, opened as far as its keys are there. */
async function readLog(): Promise<(AuditEntry | 'erased')[]> {
  const { findings } = await verifyLog(source(), embedded.key.verifier);
  expect(findings).toEqual([]);
  return readFrom(0);
}

/** The entries from an index on. */
async function readFrom(start: number): Promise<(AuditEntry | 'erased')[]> {
  const envelopes: Uint8Array[] = [];
  for await (const envelope of entriesOf(source(), await sizeOfLog())) envelopes.push(envelope);
  return Promise.all(envelopes.slice(start).map(open));
}

async function sizeOfLog(): Promise<number> {
  const note = Buffer.from((await source().read(checkpointPath)) ?? []).toString();
  return openCheckpoint(note, embedded.key.verifier).size;
}

async function open(envelope: Uint8Array): Promise<AuditEntry | 'erased'> {
  const id = keyIdOf(envelope);
  try {
    return readEnvelope(envelope, id === undefined ? undefined : (await keyToOpen(embedded.subjectKeys, id)).secret);
  } catch (error) {
    if (error instanceof KeyErased) return 'erased';
    throw error;
  }
}

test('entries of every type are appended, verified and read again', async () => {
  expect(await append(oneOfEach)).toEqual({ appended: 8, size: 8 });
  expect(await append(oneOfEach)).toEqual({ appended: 0, size: 8 });
  expect(await readLog()).toEqual(oneOfEach);
});

test('a crash at any step loses nothing, doubles nothing and forks nothing', async () => {
  const names = (round: number) =>
    Array.from({ length: 3 }, (_, i) => decisionEntry(madeDecision(`crash-${round}-${i}`, `subject-${i}`)));
  let steps = 0;
  for (let round = 0; round === 0 || steps >= round; round += 1) {
    const before = await sizeOfLog();
    const crashing = crashingAt(round);
    const attempt = append(names(round), crashing.stores);
    if (round === 0) await attempt;
    else await expect(attempt).rejects.toThrow('crash');
    steps = Math.max(steps, crashing.steps());
    await append(names(round));
    expect(await readFrom(before)).toEqual(names(round));
  }
  await readLog();
  expect(steps).toBeGreaterThan(15);
});

/** The stores, which crash at a step: odd ones before a write takes effect, even ones after. Step 0 never comes. */
function crashingAt(step: number): { readonly stores: LogStores; steps(): number } {
  let steps = 0;
  const crash = () => {
    steps += 1;
    if (steps === step) throw new Error('crash');
  };
  const crashing = <Store extends object>(store: Store): Store =>
    new Proxy(store, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          crash();
          const result = await method(...args);
          crash();
          return result;
        };
      },
    });
  const { objects, heads, positions } = embedded.stores;
  const stores = { objects: crashing(objects), heads: crashing(heads), positions: crashing(positions) };
  return { stores, steps: () => steps };
}

test('sequencers that run at a time append each entry once', async () => {
  const entries = Array.from({ length: 40 }, (_, i) => decisionEntry(madeDecision(`race-${i}`, 'racer')));
  const before = await sizeOfLog();
  await Promise.all([0, 1, 2, 3].map((i) => append(entries.slice(i * 8, i * 8 + 16))));
  const ids = (await readFrom(before)).map((entry) => (entry === 'erased' ? entry : entry.id));
  expect(ids.toSorted()).toEqual(entries.map(({ id }) => id).toSorted());
});

test('an object of the log can’t be written again', async () => {
  const put = { Bucket: embedded.places.auditBucket, Key: 'tile/0/000', Body: 'other', IfNoneMatch: '*' };
  await append(Array.from({ length: 256 }, (_, i) => decisionEntry(madeDecision(`many-${i}`, 'crowd'))));
  await expect(embedded.clients.s3.send(new PutObjectCommand(put))).rejects.toMatchObject({
    name: 'PreconditionFailed',
  });
});

describe('the erasure of a person', () => {
  const entry = (id: string, at: string) => ({ ...decisionEntry(madeDecision(id, 'erased-person')), at });

  test('makes all entries of the person unreadable, and no others; the log still verifies', async () => {
    const bystander = decisionEntry(madeDecision('bystander', 'another-person'));
    await append([entry('e-1', '2026-05-05T10:00:00.000Z'), bystander]);
    const before = await readLog();
    const key = await eraseKey(embedded.subjectKeys, 'erased-person', '2026-05-06T10:00:00.000Z');
    expect(key).toMatch(/^[0-9a-f-]{36}$/);
    // Cut off and done again, it says the same.
    expect(await eraseKey(embedded.subjectKeys, 'erased-person', '2026-05-06T10:00:00.000Z')).toBe(key);
    await forgetErasedKey(embedded.subjectKeys, 'erased-person');
    const after = await readLog();
    const isPersons = (each: AuditEntry | 'erased') => each !== 'erased' && subjectOf(each) === 'erased-person';
    expect(before.filter(isPersons)).toHaveLength(1);
    expect(after).toEqual(before.map((each) => (isPersons(each) ? 'erased' : each)));
  });

  test('holds for an entry from before it that comes late, and not for one from after it', async () => {
    const before = await sizeOfLog();
    const later = entry('e-3', '2026-05-07T10:00:00.000Z');
    await append([entry('e-2', '2026-05-05T11:00:00.000Z'), later]);
    expect(await readFrom(before)).toEqual(['erased', later]);
  });

  test('of somebody who has no key is none', async () => {
    expect(await eraseKey(embedded.subjectKeys, 'nobody', '2026-05-06T10:00:00.000Z')).toBeUndefined();
  });

  test('two containers that seal a person’s first entries use one key', async () => {
    const keys = await Promise.all(
      Array.from({ length: 6 }, () => keyToSeal(embedded.subjectKeys, 'new-person', '2026-05-05T10:00:00.000Z')),
    );
    expect(new Set(keys.map(({ id }) => id)).size).toBe(1);
  });
});

describe('the sequencer’s handler', () => {
  test('appends what is an entry, and hands over what is none to the dead letters', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', embedded.endpoint);
    vi.stubEnv('AWS_REGION', 'eu-west-2');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    const sqs = sqsClient();
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'dead-letters' }));
    const { places } = embedded;
    const environment = {
      AUDIT_BUCKET: places.auditBucket,
      LEDGER_TABLE: places.ledger,
      SUBJECT_KEYS_TABLE: places.auditSubjectKeys,
      WRAPPING_KEY_ID: places.auditWrappingKey,
      SIGNING_KEY_ID: places.auditSigningKey,
      LOG_ORIGIN: places.auditOrigin,
      DEAD_LETTERS_URL: QueueUrl,
      POWERTOOLS_LOG_LEVEL: 'SILENT',
      POWERTOOLS_METRICS_DISABLED: 'true',
    };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    vi.resetModules();
    const { handler } = await import('../../../lambdas/sequencer/handler.ts');
    const before = await sizeOfLog();
    const good = decisionEntry(madeDecision('handled'));
    const event = (...bodies: string[]) =>
      ({ Records: bodies.map((body, i) => ({ messageId: String(i), body })) }) as SQSEvent;
    await handler(event(JSON.stringify(good), 'no JSON', JSON.stringify({ ...good, type: 'gossip' })), context());
    expect(await readFrom(before)).toEqual([good]);
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    expect(Messages.map(({ Body }) => Body).toSorted()).toEqual([
      'no JSON',
      JSON.stringify({ ...good, type: 'gossip' }),
    ]);
    vi.unstubAllEnvs();
  });
});
