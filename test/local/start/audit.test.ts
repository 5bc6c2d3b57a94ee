import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { checkAudit } from '../../../local/start/audit.ts';
import { type Clients, connect } from '../../../local/start/aws.ts';
import { type Cloud, startCloud } from '../../../local/start/cloud.ts';
import { readDecisions, waitForDecisions } from '../../../local/start/decisions.ts';
import { freePort } from '../../../local/start/ports.ts';
import { createRun } from '../../../local/start/runs.ts';
import { decision } from './findings.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const state = mkdtempSync(path.join(tmpdir(), 'seaworthy-audit-'));
const { signal } = new AbortController();
let cloud: Cloud;
let clients: Clients;

beforeAll(async () => {
  cloud = await startCloud(createRun(state), await freePort(), signal, (reason) => {
    throw reason;
  });
  clients = connect(cloud.endpoint);
});

afterAll(async () => {
  await cloud.stop();
  rmSync(state, { recursive: true });
});

test('each way in which the audit log can differ from the decisions is found', async () => {
  const bucket = 'audit';
  await clients.s3.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }));
  const until = new Date(Date.now() + 3_600_000);
  const put = (id: string, content: unknown, locked = true) =>
    clients.s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: `decisions/2026-11-24/${id}.json`,
        Body: JSON.stringify(content),
        ...(locked && { ObjectLockMode: 'COMPLIANCE' as const, ObjectLockRetainUntilDate: until }),
      }),
    );
  await put('good', decision('good'));
  await put('twice', decision('twice'));
  await put('twice', decision('twice'));
  await put('different', decision('different', { outcome: 'declined' }));
  await put('unlocked', decision('unlocked'), false);
  await put('stray', decision('stray'));
  const decisions = ['good', 'twice', 'different', 'unlocked', 'missing'].map((id) => decision(id));
  expect(await checkAudit(clients, bucket, decisions, signal)).toEqual({
    objects: 6,
    missing: ['missing'],
    twice: ['twice'],
    different: ['different'],
    unlocked: ['unlocked'],
    stray: ['stray'],
  });
});

test('decisions are waited for and read in order of time', async () => {
  const table = 'decisions';
  await clients.dynamo.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'applicationId', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'applicationId', KeyType: 'HASH' }],
    }),
  );
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
