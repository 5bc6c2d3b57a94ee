import { createHash } from 'node:crypto';
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { AuditWriter } from '../audit/append.ts';
import { classOf } from '../poison/classify.ts';
import { PoisonRecord } from '../poison/poison-record.ts';
import type { Deadline } from '../resilience/deadline.ts';
import type { BatchReport } from '../stream/report.ts';
import type { StreamRecord } from '../stream/stream-record.ts';
import { type FailedObject, NotRedrivable, readFailed, versionOf } from './failed-object.ts';
import { failedKeys } from './list.ts';
import type { RedriveRequest } from './request.ts';

export interface RedriveOptions {
  readonly s3: S3Client;
  readonly lambda: LambdaClient;
  readonly failureBucket: string;
  /** Name or ARN of the function that consumes the stream. */
  readonly consumer: string;
  readonly audit: AuditWriter;
  /** Checks a record as the consumer would. @throws PoisonRecord if it can still not be decided */
  check(record: StreamRecord): void;
  /** Waits until that many records more may be delivered. */
  pace(records: number): Promise<void>;
  now(): Date;
  /** Told of each object and what became of it. */
  onResult(key: string, result: Result): void;
}

/** What became of a failed object. */
export type Result =
  /** Its records were delivered, and it is gone. */
  | 'redriven'
  /** Its record can't be decided by the current code either, and was not delivered. */
  | 'still-poison'
  /** Some of its records failed again; it is still there. */
  | 'failed-again'
  /** It is no failed record. */
  | 'not-redrivable'
  /** It was gone already. */
  | 'gone';

export interface Redriven {
  readonly objects: Readonly<Record<Result, number>>;
  /** Records that were delivered again. */
  readonly records: number;
  /** The last object gone through, if the time was up before the end: ask again with `after`. */
  readonly next?: string;
}

/** Time to keep for one more object. Milliseconds. */
const objectMs = 110_000;

/**
 * Delivers failed records again, to the consumer itself and in the form in which its stream had delivered them.
 *
 * The consumer decides an application once however often it is delivered, so a redrive may be repeated, cut off and
 * run beside another without applying anything twice. An object is deleted after its records were delivered and that
 * is in the audit trail, and only the version that was read: what failed again is a new version, and stays.
 */
export async function redrive(request: RedriveRequest, options: RedriveOptions, deadline: Deadline): Promise<Redriven> {
  const objects: Record<Result, number> = {
    redriven: 0,
    'still-poison': 0,
    'failed-again': 0,
    'not-redrivable': 0,
    gone: 0,
  };
  let records = 0;
  let last: string | undefined;
  for await (const key of failedKeys(options.s3, options.failureBucket, request, deadline)) {
    if (deadline.leftMs() < objectMs) return { objects, records, ...(last !== undefined && { next: last }) };
    const { result, delivered } = await redriveObject(key, request, options, deadline);
    objects[result]++;
    records += delivered;
    last = key;
    options.onResult(key, result);
  }
  return { objects, records };
}

interface Outcome {
  readonly result: Result;
  readonly delivered: number;
}

async function redriveObject(
  key: string,
  { by }: RedriveRequest,
  options: RedriveOptions,
  deadline: Deadline,
): Promise<Outcome> {
  const failed = await read(key, options, deadline);
  if (typeof failed === 'string') return { result: failed, delivered: 0 };
  const { records, versionId } = failed;
  if (records.length === 1 && isPoison(records[0] as StreamRecord, options)) {
    return { result: 'still-poison', delivered: 0 };
  }
  await options.pace(records.length);
  if (!(await deliver(failed, options, deadline))) return { result: 'failed-again', delivered: 0 };
  // The consumer's code may be another than this one's for the moment of a deployment.
  const version = await versionOf(options.s3, options.failureBucket, key, deadline);
  const putBack = version !== undefined && version !== versionId;
  const outcome = putBack ? 'in quarantine again' : 'delivered';
  const at = options.now().toISOString();
  const entry = { type: 'redrive', schemaVersion: 1, id: idOf(failed), at, by, source: key } as const;
  await options.audit({ ...entry, records: records.length, outcome }, deadline);
  const Delete = new DeleteObjectCommand({ Bucket: options.failureBucket, Key: key, VersionId: versionId });
  await options.s3.send(Delete, { abortSignal: deadline.signal });
  return putBack ? { result: 'failed-again', delivered: 0 } : { result: 'redriven', delivered: records.length };
}

async function read(
  key: string,
  { s3, failureBucket }: RedriveOptions,
  deadline: Deadline,
): Promise<FailedObject | 'gone' | 'not-redrivable'> {
  try {
    return (await readFailed(s3, failureBucket, key, deadline)) ?? 'gone';
  } catch (error) {
    if (error instanceof NotRedrivable) return 'not-redrivable';
    throw error;
  }
}

/** Whether the current code would put the record into quarantine again. */
function isPoison(record: StreamRecord, { check }: RedriveOptions): boolean {
  try {
    check(record);
    return false;
  } catch (error) {
    if (error instanceof PoisonRecord) return true;
    throw new Error(`a record could not be checked: ${classOf(error)}`, { cause: error });
  }
}

/** @returns whether the consumer has dealt with every record */
async function deliver(
  { event }: FailedObject,
  { lambda, consumer }: RedriveOptions,
  { signal }: Deadline,
): Promise<boolean> {
  const invoke = new InvokeCommand({ FunctionName: consumer, Payload: Buffer.from(JSON.stringify(event)) });
  const { FunctionError, Payload } = await lambda.send(invoke, { abortSignal: signal });
  if (FunctionError !== undefined || !Payload) return false;
  const report = JSON.parse(Buffer.from(Payload).toString()) as Partial<BatchReport> | null;
  return report?.batchItemFailures?.length === 0;
}

/** The same for each redrive of one version, so that it is in the audit trail once. */
function idOf({ key, versionId }: FailedObject): string {
  return createHash('sha256').update(`${key}\n${versionId}`).digest('hex');
}
