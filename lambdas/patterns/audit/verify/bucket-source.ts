import { GetObjectCommand, NoSuchKey, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type { LogSource } from './source.ts';

/** A log in its bucket. */
export function bucketSource(s3: S3Client, bucket: string, signal: AbortSignal): LogSource {
  return {
    read: async (path) => {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: path }), { abortSignal: signal });
        return await Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    list: async (prefix) => {
      const paths: string[] = [];
      const pages = paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix });
      for await (const { Contents = [] } of pages) paths.push(...Contents.flatMap(({ Key }) => Key ?? []));
      return paths;
    },
  };
}
