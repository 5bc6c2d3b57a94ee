import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { isCanary } from '../canary/canary.ts';
import { PoisonRecord } from '../poison/poison-record.ts';
import type { Pseudonymiser } from '../pseudonym/pseudonym.ts';
import { fromRecord } from '../record/record.ts';
import type { Deadline } from '../resilience/deadline.ts';
import type { Origin, StreamRecord } from '../stream/stream-record.ts';
import { type Row, rowOf } from './row.ts';

const compress = promisify(gzip);

/** What became of a batch. */
export interface Archived {
  readonly rows: number;
  /** Records that are no applications: they are whole in the failure bucket, and can't be made pseudonymous. */
  readonly unreadable: number;
}

/**
 * Puts a batch into the archive, pseudonymised: one object for each partition and day, of a line of JSON a row.
 *
 * The object's key follows from the positions of its first and last record, so a batch that is delivered again is the
 * same object again, and not a second one.
 */
export async function archive(
  s3: S3Client,
  bucket: string,
  records: readonly StreamRecord[],
  pseudonym: Pseudonymiser,
  { signal }: Deadline,
): Promise<Archived> {
  let [rows, unreadable] = [0, 0];
  const groups = Map.groupBy(records, (record) => folderOf(record.origin()));
  for (const [group, members] of groups) {
    const read = members.map((record) => readRow(record, pseudonym));
    unreadable += read.filter((row) => row === 'unreadable').length;
    const readable = read.filter((row) => typeof row !== 'string');
    rows += readable.length;
    if (readable.length === 0) continue;
    const [first, last] = [members[0]?.origin().position, members.at(-1)?.origin().position];
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: `archive/${group}-${first}-${last}.json.gz`,
        Body: await compress(readable.map((row) => `${JSON.stringify(row)}\n`).join('')),
        ContentType: 'application/x-ndjson',
        ContentEncoding: 'gzip',
      }),
      { abortSignal: signal },
    );
  }
  return { rows, unreadable };
}

function folderOf({ arrivedAt, partition }: Origin): string {
  return `day=${arrivedAt.slice(0, 10)}/${partition}`;
}

/** A canary has no row: nothing is to be learned from it. */
function readRow(record: StreamRecord, pseudonym: Pseudonymiser): Row | 'unreadable' | 'canary' {
  try {
    const received = fromRecord(record);
    return isCanary(received.application.applicationId) ? 'canary' : rowOf(received, record.origin(), pseudonym);
  } catch (error) {
    if (error instanceof PoisonRecord) return 'unreadable';
    throw error;
  }
}
