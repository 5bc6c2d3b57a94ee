import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { AuditEntry } from '../../lambdas/patterns/audit/entry.ts';
import { kmsVerifier } from '../../lambdas/patterns/audit/log/kms-key.ts';
import { keyIdOf, readEnvelope, type SubjectKey } from '../../lambdas/patterns/audit/seal/envelope.ts';
import { keyToOpen } from '../../lambdas/patterns/audit/seal/subject-keys.ts';
import { checkpointPath } from '../../lambdas/patterns/audit/tlog/tiles.ts';
import { bucketSource } from '../../lambdas/patterns/audit/verify/bucket-source.ts';
import { entriesOf } from '../../lambdas/patterns/audit/verify/entries.ts';
import type { LogSource } from '../../lambdas/patterns/audit/verify/source.ts';
import { verifyLog } from '../../lambdas/patterns/audit/verify/verify.ts';
import { isCanary } from '../../lambdas/patterns/canary/canary.ts';
import { limiter } from '../../lambdas/patterns/concurrency/limiter.ts';
import type { Clients } from './aws.ts';
import type { Decision } from './decisions.ts';
import { Failure } from './failure.ts';
import type { StackOutputs } from './outputs.ts';

/** How the audit log agrees with the decisions, and with itself. */
export interface Audit {
  /** Entries of the log. */
  readonly entries: number;
  /** Bytes of an entry on average, sealed. */
  readonly bytesPerEntry: number;
  /** Signed checkpoints that the entries were compared with. */
  readonly checkpoints: number;
  /** What the verifier found, each in a sentence. */
  readonly findings: readonly string[];
  /** Applications whose decision has no entry. */
  readonly missing: readonly string[];
  /** Applications with more than one entry of their decision. */
  readonly twice: readonly string[];
  /** Applications whose entry says something else than the decisions table. */
  readonly different: readonly string[];
  /** Objects of the log that are not under Object Lock. */
  readonly unlocked: readonly string[];
  /** Entries of applications that have no decision. */
  readonly stray: readonly string[];
  /** Why the mode was switched, each time. */
  readonly switches: readonly string[];
}

/** Where the audit log and what belongs to it are. */
export type AuditPlaces = Pick<
  StackOutputs,
  'auditBucket' | 'auditSubjectKeys' | 'auditWrappingKey' | 'auditSigningKey' | 'auditOrigin'
>;

const atATime = 32;

/** Without a further entry for so long, those that are missing count as missing. */
const patienceMs = 60_000;

/** Waits until the log has so many entries, or gets no more. */
export async function waitForEntries(
  { s3 }: Clients,
  bucket: string,
  expected: number,
  signal: AbortSignal,
): Promise<void> {
  const source = bucketSource(s3, bucket, signal);
  let size = -1;
  let lastChange = Date.now();
  while (size < expected && Date.now() - lastChange < patienceMs) {
    const checkpoint = Buffer.from((await source.read(checkpointPath)) ?? []).toString();
    const found = Number(checkpoint.split('\n')[1] ?? 0);
    if (found !== size) lastChange = Date.now();
    size = found;
    if (size < expected) await sleep(500, undefined, { signal });
  }
}

/** Verifies the audit log, and compares each decision with its entry. */
export async function checkAudit(
  clients: Clients,
  places: AuditPlaces,
  decisions: readonly Decision[],
  signal: AbortSignal,
): Promise<Audit> {
  const source = bucketSource(clients.s3, places.auditBucket, signal);
  const verifier = await kmsVerifier(clients.kms, places.auditSigningKey, places.auditOrigin, signal);
  const { findings, checkpoint, checkpoints } = await verifyLog(source, verifier);
  const envelopes = await envelopesOf(source, checkpoint?.size ?? 0);
  const entries = await readEntries(clients, places, envelopes, signal);
  const decided = entries.flatMap((entry) => (entry.type === 'decision' ? entry.decision : []));
  const made = decided.filter(({ applicationId }) => !isCanary(applicationId));
  const records = Map.groupBy(made, ({ applicationId }) => applicationId);
  const known = new Map(decisions.map((decision) => [decision.applicationId, decision]));
  return {
    entries: envelopes.length,
    bytesPerEntry: envelopes.reduce((sum, { length }) => sum + length, 0) / Math.max(1, envelopes.length),
    checkpoints,
    findings: findings.map(({ kind, where, what }) => `${kind}: ${where}: ${what}`),
    missing: [...known.keys()].filter((id) => !records.has(id)),
    twice: [...records].filter(([, all]) => all.length > 1).map(([id]) => id),
    different: [...known].filter(([id, decision]) => differs(records.get(id)?.[0], decision)).map(([id]) => id),
    unlocked: await unlockedOf(clients, places.auditBucket, source, signal),
    stray: [...records.keys()].filter((id) => !known.has(id)),
    switches: entries.flatMap((entry) => (entry.type === 'mode' ? entry.reason : [])),
  };
}

/** All entries of a log that holds what it promises. @throws Failure with what the verifier found otherwise */
export async function readAuditLog(
  clients: Clients,
  places: AuditPlaces,
  signal: AbortSignal,
): Promise<readonly AuditEntry[]> {
  const source = bucketSource(clients.s3, places.auditBucket, signal);
  const verifier = await kmsVerifier(clients.kms, places.auditSigningKey, places.auditOrigin, signal);
  const { findings, checkpoint } = await verifyLog(source, verifier);
  if (findings.length > 0) throw new Failure(`The audit log does not verify: ${findings.map(({ what }) => what)}.`);
  return readEntries(clients, places, await envelopesOf(source, checkpoint?.size ?? 0), signal);
}

async function envelopesOf(source: LogSource, size: number): Promise<Uint8Array[]> {
  const envelopes: Uint8Array[] = [];
  for await (const envelope of entriesOf(source, size)) envelopes.push(envelope);
  return envelopes;
}

function differs(entry: unknown, decision: Decision): boolean {
  return entry !== undefined && !isDeepStrictEqual(entry, decision);
}

/** Opens all entries. The key of a person is asked for once. */
function readEntries(
  { dynamo, kms }: Clients,
  places: AuditPlaces,
  envelopes: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<AuditEntry[]> {
  const store = { dynamo, kms, table: places.auditSubjectKeys, wrappingKeyId: places.auditWrappingKey, signal };
  const inTurn = limiter(atATime);
  const keys = new Map<string, Promise<SubjectKey>>();
  const keyOf = (id: string) => {
    const key = keys.get(id) ?? inTurn(() => keyToOpen(store, id));
    keys.set(id, key);
    return key;
  };
  const read = async (envelope: Uint8Array) => {
    const id = keyIdOf(envelope);
    return readEnvelope(envelope, id === undefined ? undefined : (await keyOf(id)).secret);
  };
  return Promise.all(envelopes.map(read));
}

/** Objects of the log that could be deleted today. */
async function unlockedOf({ s3 }: Clients, bucket: string, source: LogSource, signal: AbortSignal): Promise<string[]> {
  const inTurn = limiter(atATime);
  const isOpen = async (path: string) => {
    const found = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: path }), { abortSignal: signal });
    const until = found.ObjectLockRetainUntilDate?.getTime() ?? 0;
    return found.ObjectLockMode === undefined || until <= Date.now() ? [path] : [];
  };
  const paths = await source.list('');
  return (await Promise.all(paths.map((path) => inTurn(() => isOpen(path))))).flat();
}
