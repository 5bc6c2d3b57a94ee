import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { decisionEntry, entryName } from '../../../lambdas/patterns/audit/entry.ts';
import { sequence } from '../../../lambdas/patterns/audit/log/sequence.ts';
import { sealer } from '../../../lambdas/patterns/audit/seal/sealer.ts';
import { keyToSeal } from '../../../lambdas/patterns/audit/seal/subject-keys.ts';
import { checkAudit, waitForEntries } from '../../../local/start/audit.ts';
import { readDecisions, waitForDecisions } from '../../../local/start/decisions.ts';
import { createTable, type Embedded, startEmbedded } from '../../lambdas/audit/embedded.ts';
import { madeDecision } from '../../lambdas/audit/entries.ts';
import { decision } from './findings.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const { signal } = new AbortController();
let embedded: Embedded;
beforeAll(async () => {
  embedded = await startEmbedded();
});
afterAll(() => embedded.close());

test('each way in which the audit log can differ from the decisions is found', async () => {
  const { clients, places, stores, key, subjectKeys } = embedded;
  const seal = sealer((subject, at) => keyToSeal(subjectKeys, subject, at));
  const again = { ...decisionEntry(madeDecision('twice')), id: 'twice.2' };
  const others = ['good', 'twice', 'different', 'stray'].map((id) => decisionEntry(madeDecision(id)));
  const candidates = [...others, again].map((entry) => ({ name: entryName(entry), seal: () => seal(entry) }));
  await sequence(stores, key, candidates);
  await waitForEntries(clients, places.auditBucket, 5, signal);
  const until = new Date(Date.now() - 1000);
  await clients.s3.send(
    new PutObjectCommand({
      Bucket: places.auditBucket,
      Key: 'tile/unlocked',
      Body: 'x',
      ObjectLockMode: 'GOVERNANCE',
      ObjectLockRetainUntilDate: until,
    }),
  );
  const told = ['good', 'twice', 'different', 'missing'].map((id) =>
    id === 'different' ? { ...madeDecision(id), outcome: 'approved' as const } : madeDecision(id),
  );
  expect(await checkAudit(clients, places, told, signal)).toMatchObject({
    entries: 5,
    checkpoints: 2,
    findings: [],
    missing: ['missing'],
    twice: ['twice'],
    different: ['different'],
    unlocked: ['tile/unlocked'],
    stray: ['stray'],
  });
  await clients.s3.send(
    new PutObjectCommand({ Bucket: places.auditBucket, Key: 'tile/0/000.p/5', Body: Buffer.alloc(160) }),
  );
  const { findings } = await checkAudit(clients, places, told, signal);
  expect(findings).toHaveLength(1);
  expect(findings[0]).toContain('tile-changed: tile/0/000.p/5');
});

test('decisions are waited for and read in order of time', async () => {
  const { clients } = embedded;
  const table = 'decisions';
  await createTable(clients, table, 'applicationId');
  const later = decision('a', { submittedAt: '2005-01-01' });
  const seen: number[] = [];
  for (const one of [later, decision('b')]) {
    const Item = { applicationId: { S: one.applicationId }, record: { S: JSON.stringify(one) } };
    await clients.dynamo.send(new PutItemCommand({ TableName: table, Item }));
  }
  await waitForDecisions(clients, table, 2, signal, (decided) => seen.push(decided));
  expect(seen.at(-1)).toBe(2);
  expect(await readDecisions(clients, table)).toEqual([decision('b'), later]);
});
