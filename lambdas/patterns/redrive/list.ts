import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type S3Client } from '@aws-sdk/client-s3';
import type { Deadline } from '../resilience/deadline.ts';
import { prefixOf } from './failed-object.ts';
import { type RedriveRequest, redriveClasses } from './request.ts';

/**
 * The keys of the failed objects that a request asks for, in the order of classes and keys, so that the last one gone
 * through says where to go on.
 *
 * @yields keys of objects that were put since then
 */
export async function* failedKeys(
  s3: S3Client,
  bucket: string,
  { classes, since, after = '' }: Pick<RedriveRequest, 'classes' | 'since' | 'after'>,
  { signal }: Deadline,
): AsyncGenerator<string> {
  const prefixes = redriveClasses.filter((each) => classes.includes(each)).map(prefixOf);
  const begun = prefixes.findIndex((prefix) => after.startsWith(prefix));
  for (const Prefix of prefixes.slice(Math.max(0, begun))) {
    let StartAfter = after.startsWith(Prefix) ? after : undefined;
    do {
      const list = new ListObjectsV2Command({ Bucket: bucket, Prefix, StartAfter });
      const page: ListObjectsV2CommandOutput = await s3.send(list, { abortSignal: signal });
      for (const { Key = '', LastModified } of page.Contents ?? []) {
        if (LastModified && LastModified >= new Date(since)) yield Key;
      }
      StartAfter = page.IsTruncated ? page.Contents?.at(-1)?.Key : undefined;
    } while (StartAfter !== undefined);
  }
}
