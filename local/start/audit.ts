import { isDeepStrictEqual } from 'node:util';
import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
} from '@aws-sdk/client-s3';
import type { Clients } from './aws.ts';
import type { Decision } from './decisions.ts';

/** How the audit log agrees with the decisions. Each list has ids of applications. */
export interface Audit {
  /** Versions of objects in the audit log's folder of decisions. */
  readonly objects: number;
  /** Decisions that have no record. */
  readonly missing: readonly string[];
  /** Decisions that have more than one record, or more than one version of it. */
  readonly twice: readonly string[];
  /** Decisions whose record says something else than the decisions table. */
  readonly different: readonly string[];
  /** Decisions whose record is not under Object Lock. */
  readonly unlocked: readonly string[];
  /** Records of applications that have no decision. */
  readonly stray: readonly string[];
}

const readersAtATime = 16;

/** Compares every record of the audit log with the decision it tells of. */
export async function checkAudit(
  clients: Clients,
  bucket: string,
  decisions: readonly Decision[],
  signal: AbortSignal,
): Promise<Audit> {
  const records = Map.groupBy(await listRecords(clients, bucket), ({ Key }) => idOf(Key ?? ''));
  const known = new Set(decisions.map(({ applicationId }) => applicationId));
  const different: string[] = [];
  const unlocked: string[] = [];
  const queue = decisions.values();
  const readNext = async (): Promise<void> => {
    for (const decision of queue) {
      const key = records.get(decision.applicationId)?.[0]?.Key;
      if (key === undefined) continue;
      const found = await clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
      const content: unknown = JSON.parse((await found.Body?.transformToString()) ?? 'null');
      if (!isDeepStrictEqual(content, decision)) different.push(decision.applicationId);
      const until = found.ObjectLockRetainUntilDate?.getTime() ?? 0;
      if (found.ObjectLockMode === undefined || until <= Date.now()) unlocked.push(decision.applicationId);
    }
  };
  await Promise.all(Array.from({ length: readersAtATime }, readNext));
  return {
    objects: [...records.values()].reduce((sum, versions) => sum + versions.length, 0),
    missing: [...known].filter((id) => !records.has(id)),
    twice: [...known].filter((id) => (records.get(id)?.length ?? 0) > 1),
    different,
    unlocked,
    stray: [...records.keys()].filter((id) => !known.has(id)),
  };
}

/** Versions, not objects: a record that was overwritten would have two. */
async function listRecords({ s3 }: Clients, bucket: string): Promise<ObjectVersion[]> {
  const records: ObjectVersion[] = [];
  const start: ListObjectVersionsCommandInput = { Bucket: bucket, Prefix: 'decisions/' };
  for (let next: ListObjectVersionsCommandInput | undefined = start; next; ) {
    const page: ListObjectVersionsCommandOutput = await s3.send(new ListObjectVersionsCommand(next));
    records.push(...(page.Versions ?? []));
    next = page.IsTruncated
      ? { ...start, KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
      : undefined;
  }
  return records;
}

function idOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1).replace(/\.json$/, '');
}
