import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { KinesisStreamRecord } from 'aws-lambda';
import type { FieldProblem } from '../application/validate.ts';
import type { Deadline } from '../resilience/deadline.ts';

/** Why a record can never be decided as it is. */
export type PoisonClass = 'malformed' | 'invalid' | 'oversized';

/** A record that no retry will mend. */
export class PoisonRecord extends Error {
  readonly poison: PoisonClass;
  readonly problems: readonly FieldProblem[];

  constructor(poison: PoisonClass, problems: readonly FieldProblem[]) {
    super(`${poison} record`);
    this.name = 'PoisonRecord';
    this.poison = poison;
    this.problems = problems;
  }
}

/** The place of a quarantined record: the same for each delivery of it. */
export function quarantineKey(poison: PoisonClass, record: KinesisStreamRecord): string {
  const day = arrivedAt(record).slice(0, 10).replaceAll('-', '/');
  return `quarantine/${poison}/${day}/${shardId(record)}-${record.kinesis.sequenceNumber}.json`;
}

/** Puts a poison record, whole, with its reason and origin, where a person can look at it and redrive it. */
export async function quarantine(
  s3: S3Client,
  bucket: string,
  record: KinesisStreamRecord,
  { poison, problems }: PoisonRecord,
  { signal }: Deadline,
): Promise<void> {
  const { data, partitionKey, sequenceNumber } = record.kinesis;
  const document = {
    reason: poison,
    fields: problems,
    origin: {
      stream: record.eventSourceARN,
      shardId: shardId(record),
      sequenceNumber,
      partitionKey,
      arrivedAt: arrivedAt(record),
    },
    data,
  };
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: quarantineKey(poison, record),
      Body: JSON.stringify(document),
      ContentType: 'application/json',
    }),
    { abortSignal: signal },
  );
}

function arrivedAt({ kinesis }: KinesisStreamRecord): string {
  return new Date(kinesis.approximateArrivalTimestamp * 1000).toISOString();
}

/** An event's id is its shard's, a colon and its sequence number. */
function shardId({ eventID }: KinesisStreamRecord): string {
  return eventID.split(':')[0] ?? eventID;
}
