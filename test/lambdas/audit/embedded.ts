import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutObjectLockConfigurationCommand } from '@aws-sdk/client-s3';
import { bucketStore } from '../../../lambdas/patterns/audit/log/bucket.ts';
import { headTable } from '../../../lambdas/patterns/audit/log/head-table.ts';
import { kmsKey, kmsVerifier } from '../../../lambdas/patterns/audit/log/kms-key.ts';
import { positionTable } from '../../../lambdas/patterns/audit/log/position-table.ts';
import type { LogKey } from '../../../lambdas/patterns/audit/log/publish.ts';
import type { LogStores } from '../../../lambdas/patterns/audit/log/store.ts';
import type { SubjectKeyStore } from '../../../lambdas/patterns/audit/seal/subject-keys.ts';
import { type Clients, connect } from '../../../local/start/aws.ts';
import { startCloud } from '../../../local/start/cloud.ts';
import { freePort } from '../../../local/start/ports.ts';
import { createRun } from '../../../local/start/runs.ts';

const { signal } = new AbortController();
export const origin = 'audit.example/embedded';

/** All that an audit trail consists of, in an embedded cloud of its own. */
export interface Embedded {
  readonly endpoint: string;
  readonly clients: Clients;
  readonly places: {
    readonly auditBucket: string;
    readonly ledger: string;
    readonly auditSubjectKeys: string;
    readonly auditWrappingKey: string;
    readonly auditSigningKey: string;
    readonly auditOrigin: string;
  };
  readonly stores: LogStores;
  readonly key: LogKey;
  readonly subjectKeys: SubjectKeyStore;
  close(): Promise<void>;
}

export async function startEmbedded(): Promise<Embedded> {
  const state = mkdtempSync(path.join(tmpdir(), 'seaworthy-audit-'));
  const cloud = await startCloud(createRun(state), await freePort(), signal, (reason) => {
    throw reason;
  });
  const clients = connect(cloud.endpoint);
  const { s3, dynamo, kms } = clients;
  const [auditBucket, ledger, table] = ['audit', 'ledger', 'subject-keys'];
  await s3.send(new CreateBucketCommand({ Bucket: auditBucket, ObjectLockEnabledForBucket: true }));
  const Rule = { DefaultRetention: { Mode: 'COMPLIANCE' as const, Days: 1 } };
  await s3.send(
    new PutObjectLockConfigurationCommand({
      Bucket: auditBucket,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule },
    }),
  );
  for (const TableName of [ledger, table]) await createTable(clients, TableName, 'id');
  const wrapping = await kms.send(new CreateKeyCommand({}));
  const signing = await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' }));
  const [wrappingKeyId = '', signingKeyId = ''] = [wrapping, signing].map(({ KeyMetadata }) => KeyMetadata?.KeyId);
  return {
    endpoint: cloud.endpoint,
    clients,
    places: {
      auditBucket,
      ledger,
      auditSubjectKeys: table,
      auditWrappingKey: wrappingKeyId,
      auditSigningKey: signingKeyId,
      auditOrigin: origin,
    },
    stores: {
      objects: bucketStore(s3, auditBucket, signal),
      heads: headTable(dynamo, ledger, signal),
      positions: positionTable(dynamo, ledger, signal),
    },
    key: kmsKey(kms, signingKeyId, await kmsVerifier(kms, signingKeyId, origin, signal), signal),
    subjectKeys: { dynamo, kms, table, wrappingKeyId, signal },
    close: async () => {
      await cloud.stop();
      rmSync(state, { recursive: true });
    },
  };
}

export async function createTable({ dynamo }: Clients, TableName: string, name: string): Promise<void> {
  await dynamo.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: name, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: name, KeyType: 'HASH' }],
    }),
  );
}
