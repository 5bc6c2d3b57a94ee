import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { KinesisStreamRecord } from 'aws-lambda';
import type { FieldProblem } from '../application/validate.ts';

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
  const arrived = new Date(record.kinesis.approximateArrivalTimestamp * 1000).toISOString();
  const shard = record.eventID.split(':')[0] ?? 'shard';
  return `quarantine/${poison}/${arrived.slice(0, 10).replaceAll('-', '/')}/${shard}-${record.kinesis.sequenceNumber}.json`;
}

/** Puts a poison record, whole, with its reason and origin, where a person can look at it and redrive it. */
export async function quarantine(
  s3: S3Client,
  bucket: string,
  record: KinesisStreamRecord,
  { poison, problems }: PoisonRecord,
): Promise<void> {
  const { data, partitionKey, sequenceNumber, approximateArrivalTimestamp } = record.kinesis;
  const document = {
    reason: poison,
    problems,
    origin: {
      stream: record.eventSourceARN,
      eventId: record.eventID,
      partitionKey,
      sequenceNumber,
      arrivedAt: new Date(approximateArrivalTimestamp * 1000).toISOString(),
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
  );
}
