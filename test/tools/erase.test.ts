import { GlueClient } from '@aws-sdk/client-glue';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type AuditEntry, decisionEntry, entryName } from '../../lambdas/patterns/audit/entry.ts';
import { sequence } from '../../lambdas/patterns/audit/log/sequence.ts';
import { sealer } from '../../lambdas/patterns/audit/seal/sealer.ts';
import { keyToSeal } from '../../lambdas/patterns/audit/seal/subject-keys.ts';
import { bucketSource } from '../../lambdas/patterns/audit/verify/bucket-source.ts';
import type { Trail } from '../../lambdas/patterns/audit/verify/proven.ts';
import { verifyLog } from '../../lambdas/patterns/audit/verify/verify.ts';
import { credentials, region } from '../../local/start/aws.ts';
import { storyOf, textOf } from '../../tools/audit/story.ts';
import { type Erasing, erasePerson } from '../../tools/erase/erase.ts';
import { everyPlace } from '../../tools/erase/every-place.ts';
import { type Embedded, startEmbedded } from '../lambdas/audit/embedded.ts';
import { madeDecision, oneOfEach } from '../lambdas/audit/entries.ts';
import { archiveRows, everythingIn, makeStores, plant, stores } from './planted.ts';

vi.setConfig({ hookTimeout: 120_000 });

const { signal } = new AbortController();
const person = 'pseudonym-of-zebedee';
let embedded: Embedded;
let trail: Trail;

beforeAll(async () => {
  embedded = await startEmbedded();
  const { clients, places, key, stores, subjectKeys } = embedded;
  const source = bucketSource(clients.s3, places.auditBucket, signal);
  trail = { source, verifier: key.verifier, positions: stores.positions, subjectKeys };
  await makeStores(clients);
  await plant(clients, 'A-1', person);
  await plant(clients, 'B-2', 'somebody-else');
  await archiveRows(clients, 'day=2026-05-05/both.json.gz', { 'A-1': person, 'B-2': 'somebody-else', 'A-8': person });
  await archiveRows(clients, 'day=2026-05-05/theirs.json.gz', { 'A-1': person });
  await append([
    ...oneOfEach,
    { ...oneOfEach[4], id: 'v1', modelVersion: 'v1' } as AuditEntry,
    decisionEntry(madeDecision('B-2', 'somebody-else')),
  ]);
});
afterAll(() => embedded.close());

async function append(entries: readonly AuditEntry[]): Promise<void> {
  const seal = sealer((subject, at) => keyToSeal(embedded.subjectKeys, subject, at));
  const candidates = entries.map((entry) => ({ name: entryName(entry), seal: () => seal(entry) }));
  await sequence(embedded.stores, embedded.key, candidates);
}

const glueAt = (endpoint: string) => new GlueClient({ endpoint, region, credentials });

async function erasing(): Promise<Erasing> {
  return {
    subject: person,
    by: 'staff-9',
    places: await everyPlace({ ...embedded.clients, glue: glueAt(embedded.endpoint) }, stores, person),
    subjectKeys: embedded.subjectKeys,
    appendEntry: (entry) => append([entry]),
    now: () => new Date('2026-06-01T00:00:00.000Z'),
  };
}

test('the story of a decision goes from the model to the person, each entry proven', async () => {
  const story = await storyOf(trail, 'A-1');
  expect(story.map(({ name }) => name)).toEqual(['decision/A-1', 'mode/m-1', 'configuration/c-1', 'promotion/v1']);
  const text = textOf(story);
  expect(text).toContain('A-1 was declined in mode normal by the model v1  (entry 0, decision/A-1, proven by');
  expect(text).toContain('staff-17 made the model v1 the champion: Lower cost');
  expect(text).toContain(
    'staff-17 switched the mode from manual to normal: Drift is over  (entry 3, mode/m-1, proven by',
  );
  expect(text).toContain('staff-17 set costRatio: Policy 12');
  expect(await storyOf(trail, 'nothing')).toEqual([]);
});

test('a decision is told with what was in force when it was made, not with what came later or was not its own', async () => {
  const later = { ...oneOfEach[3], at: '2026-05-06T10:00:00.000Z' } as AuditEntry;
  await append([
    { ...later, id: 'm-2', from: 'normal', to: 'degraded' } as AuditEntry,
    { ...later, id: 'm-3', from: 'degraded', to: 'normal' } as AuditEntry,
    { ...later, id: 'm-4', from: 'normal', to: 'stop' } as AuditEntry,
    decisionEntry({ ...madeDecision('C-3', 'third'), decidedAt: '2026-05-07T10:00:00.000Z', modelVersion: 'v7' }),
  ]);
  expect((await storyOf(trail, 'A-1')).map(({ name }) => name)).toContain('mode/m-1');
  const told = await storyOf(trail, 'C-3');
  // The stop of m-4 had not reached the instance: the decision names the mode that it was made in.
  expect(told.map(({ name }) => name)).toEqual(['configuration/c-1', 'mode/m-3', 'decision/C-3']);
  expect(textOf(told)).toContain('No entry has the promotion of the model v7.');
});

test('an erasure removes what is the person’s and nothing else, is in the log, and the log still verifies', async () => {
  expect(await everythingIn(embedded.clients)).toContain(person);
  const erased = await erasePerson(await erasing());
  expect(erased.places).toEqual(
    [
      ['failed records', 1],
      ['not counted', 1],
      ['kept', 1],
      ['review cases', 2],
      ['outcomes', 2],
      ['online features', 3],
      ['applications', 1],
      ['data lake', 0],
      ['stream archive', 2],
      ['decisions', 1],
    ].map(([name, removed]) => ({ name, removed, left: 0 })),
  );
  const left = await everythingIn(embedded.clients);
  for (const word of [person, 'A-1', 'A-8']) expect(left).not.toContain(word);
  const { findings } = await verifyLog(trail.source, trail.verifier);
  expect(findings).toEqual([]);
  expect(textOf(await storyOf(trail, 'A-1'))).toContain("the person's key was erased: nobody can read it");
  expect(textOf(await storyOf(trail, 'B-2'))).toContain('B-2 was declined');
  expect(left.match(/B-2/g)?.length).toBeGreaterThan(12);
  expect(left).toContain('state#CA');
  const list = { Bucket: stores.HistoryBucketName, Key: 'runs/state/erased.json' };
  const { Body } = await embedded.clients.s3.send(new GetObjectCommand(list));
  expect(await Body?.transformToString()).toBe(JSON.stringify([person]));
  const known = await embedded.stores.positions.find([`erasure/${erased.key}`]);
  expect(known.size).toBe(1);
});

test('an erasure that is cut off can be done again', async () => {
  await append([decisionEntry(madeDecision('A-9', 'cut-off'))]);
  const again = { ...(await erasing()), subject: 'cut-off', places: [] };
  const fails = { ...again, appendEntry: () => Promise.reject(new Error('cut')) };
  await expect(erasePerson(fails)).rejects.toThrow('cut');
  const { key } = await erasePerson(again);
  expect(key).toBeDefined();
  expect((await embedded.stores.positions.find([`erasure/${key}`])).size).toBe(1);
});
