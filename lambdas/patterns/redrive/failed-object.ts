import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import type { Quarantined } from '../quarantine/quarantine.ts';
import type { Deadline } from '../resilience/deadline.ts';
import { recordsOf, type StreamEvent, type StreamRecord } from '../stream/stream-record.ts';

/** An object of the failure bucket: one record in quarantine, or a batch that Lambda gave up. */
export interface FailedObject {
  readonly key: string;
  /** The version that was read: only that is deleted in the end, never one that came in the meantime. */
  readonly versionId: string;
  /** What is delivered again. */
  readonly event: StreamEvent;
  readonly records: readonly StreamRecord[];
}

/** An object that is neither: somebody else has put it there. */
export class NotRedrivable extends Error {
  constructor(key: string, why: string) {
    super(`${key} can't be redriven: ${why}`);
    this.name = 'NotRedrivable';
  }
}

const givenUpPrefix = 'aws/lambda/';
/** Lambda keeps the whole invocation as text in the field `payload`. */
const givenUp = v.object({ payload: v.string() });

/** The folder of a class in the failure bucket. */
export function prefixOf(failure: string): string {
  return failure === 'given-up' ? givenUpPrefix : `quarantine/${failure}/`;
}

/**
 * Reads a failed object; undefined if it is no longer there.
 *
 * @throws NotRedrivable
 */
export async function readFailed(
  s3: S3Client,
  bucket: string,
  key: string,
  { signal }: Deadline,
): Promise<FailedObject | undefined> {
  const found = await s3
    .send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal })
    .catch(undefinedIfMissing);
  if (!found) return undefined;
  if (!found.VersionId) throw new NotRedrivable(key, 'the bucket keeps no versions, switch them on');
  const event = eventOf(key, (await found.Body?.transformToString()) ?? '');
  return { key, versionId: found.VersionId, event, records: recordsOf(event) };
}

/** The version that a key has now; undefined if there is none. */
export async function versionOf(
  s3: S3Client,
  bucket: string,
  key: string,
  { signal }: Pick<Deadline, 'signal'>,
): Promise<string | undefined> {
  const head = new HeadObjectCommand({ Bucket: bucket, Key: key });
  return (await s3.send(head, { abortSignal: signal }).catch(undefinedIfMissing))?.VersionId;
}

function undefinedIfMissing(error: { readonly name?: string }): undefined {
  if (error.name === 'NoSuchKey' || error.name === 'NotFound') return undefined;
  throw error;
}

function eventOf(key: string, text: string): StreamEvent {
  const document = parse(key, text);
  const event = key.startsWith(givenUpPrefix) ? payloadOf(key, document) : (document as Partial<Quarantined>)?.event;
  if (isStreamEvent(event)) return event;
  throw new NotRedrivable(key, 'it holds no event of a stream');
}

function payloadOf(key: string, document: unknown): unknown {
  const parsed = v.safeParse(givenUp, document);
  if (!parsed.success) throw new NotRedrivable(key, 'it has no payload: the destination of failures must be S3');
  return parse(key, parsed.output.payload);
}

function parse(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotRedrivable(key, 'it is not JSON');
  }
}

function isStreamEvent(event: unknown): event is StreamEvent {
  if (typeof event !== 'object' || event === null) return false;
  return (
    ('Records' in event && Array.isArray(event.Records)) || ('records' in event && typeof event.records === 'object')
  );
}
