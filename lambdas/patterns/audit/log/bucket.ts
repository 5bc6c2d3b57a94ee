import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { ObjectStore } from './store.ts';

/** The bucket's default retention locks each version that is written. */
export function bucketStore(s3: S3Client, bucket: string, signal: AbortSignal): ObjectStore {
  const put = async (
    path: string,
    bytes: Uint8Array,
    condition: { readonly IfNoneMatch: '*' } | { readonly IfMatch: string },
  ): Promise<boolean> => {
    try {
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: path,
          Body: bytes,
          ContentType: path.startsWith('checkpoint') ? 'text/plain; charset=utf-8' : 'application/octet-stream',
          // Object Lock asks for a checksum of what it is to keep.
          ChecksumAlgorithm: 'SHA256',
          ...condition,
        }),
        { abortSignal: signal },
      );
      return true;
    } catch (error) {
      // 409: another write of the same object was under way; it is there, or the caller looks again.
      const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
      if (status === 412 || status === 409) return false;
      throw error;
    }
  };
  return {
    read: async (path) => {
      try {
        const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: path }), {
          abortSignal: signal,
        });
        const bytes = await Body?.transformToByteArray();
        return bytes && { bytes, tag: ETag ?? '' };
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    create: (path, bytes) => put(path, bytes, { IfNoneMatch: '*' }),
    replace: (path, bytes, earlier) => put(path, bytes, earlier ? { IfMatch: earlier.tag } : { IfNoneMatch: '*' }),
  };
}
