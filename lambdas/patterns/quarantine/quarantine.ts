import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { FieldProblem } from '../application/validate.ts';
import type { QuarantineClass } from '../poison/classes.ts';
import type { PoisonRecord } from '../poison/poison-record.ts';
import type { Deadline } from '../resilience/deadline.ts';
import type { Origin, StreamEvent, StreamRecord } from '../stream/stream-record.ts';

/** A record in quarantine: whole, with why and from where. */
export interface Quarantined {
  readonly schemaVersion: 1;
  readonly reason: QuarantineClass;
  readonly fields: readonly FieldProblem[];
  readonly origin: Origin;
  /** The event of this record alone, as it was delivered: what a redrive delivers again. */
  readonly event: StreamEvent;
}

/** The place of a quarantined record: the same for each delivery of it. */
export function quarantineKey(reason: QuarantineClass, { partition, position, arrivedAt }: Origin): string {
  const day = arrivedAt.slice(0, 10).replaceAll('-', '/');
  return `quarantine/${reason}/${day}/${partition}-${position}.json`;
}

/**
 * Puts a poison record where a person can look at it and redrive it. The event of the
 * object's making becomes a pointer in the failure queue, so that there is nothing else to send.
 */
export async function quarantine(
  s3: S3Client,
  bucket: string,
  record: StreamRecord,
  { poison, problems }: PoisonRecord,
  { signal }: Deadline,
): Promise<void> {
  const document: Quarantined = {
    schemaVersion: 1,
    reason: poison,
    fields: problems,
    origin: record.origin(),
    event: record.alone(),
  };
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: quarantineKey(poison, record.origin()),
      Body: JSON.stringify(document),
      ContentType: 'application/json',
    }),
    { abortSignal: signal },
  );
}
