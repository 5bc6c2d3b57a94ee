import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type Place, searchedPlace } from './places.ts';

const [compress, decompress] = [promisify(gzip), promisify(gunzip)];

/** Whole records in a bucket that name one of the applications. It reads the whole bucket. */
export function recordsPlace(s3: S3Client, name: string, bucket: string, ids: readonly string[]): Place {
  return searchedPlace({
    name,
    find: async () => {
      const found: string[] = [];
      for await (const [key, body] of objectsIn(s3, bucket, '')) if (namesOne(body.toString(), ids)) found.push(key);
      return found;
    },
    remove: async (found) => {
      for (const key of found) await deleteVersions(s3, bucket, key);
    },
  });
}

/** A record is in base64, within JSON, perhaps within JSON once more. */
function namesOne(text: string, ids: readonly string[]): boolean {
  const decoded = [...text.matchAll(/[A-Za-z0-9+/]{40,}={0,2}/g)].map(([found]) =>
    Buffer.from(found, 'base64').toString(),
  );
  return [text, ...decoded].some((each) => ids.some((id) => each.includes(JSON.stringify(id))));
}

/** A row of the stream's archive, as far as it tells whose it is. */
interface ArchivedRow {
  readonly application_id: string;
  readonly applicant: string;
}

const archivePrefix = 'archive/';

/** The person's rows of the stream's archive. An object that has some is put anew without them. */
export function archivePlace(s3: S3Client, bucket: string, subject: string): Place {
  const isTheirs = (line: string) => (JSON.parse(line) as ArchivedRow).applicant === subject;
  return searchedPlace({
    name: 'stream archive',
    find: async () => {
      const found: string[] = [];
      for await (const [key, body] of objectsIn(s3, bucket, archivePrefix)) {
        if ((await linesOf(body)).some(isTheirs)) found.push(key);
      }
      return found;
    },
    remove: async (found) => {
      for (const key of found) {
        const body = await read(s3, bucket, key);
        const left = (await linesOf(body)).filter((line) => !isTheirs(line));
        await deleteVersions(s3, bucket, key);
        if (left.length > 0) await putLines(s3, bucket, key, left);
      }
    },
  });
}

/** Ids of the applications of a person in the stream's archive: also of those that were not decided. */
export async function archivedApplicationsOf(s3: S3Client, bucket: string, subject: string): Promise<string[]> {
  const ids = new Set<string>();
  for await (const [, body] of objectsIn(s3, bucket, archivePrefix)) {
    for (const line of await linesOf(body)) {
      const { applicant, application_id: id } = JSON.parse(line) as ArchivedRow;
      if (applicant === subject) ids.add(id);
    }
  }
  return [...ids];
}

async function linesOf(body: Uint8Array): Promise<string[]> {
  return (await decompress(body)).toString().split('\n').filter(Boolean);
}

async function putLines(s3: S3Client, bucket: string, key: string, lines: readonly string[]): Promise<void> {
  const Body = await compress(lines.map((line) => `${line}\n`).join(''));
  const form = { ContentType: 'application/x-ndjson', ContentEncoding: 'gzip' };
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ...form }));
}

async function* objectsIn(s3: S3Client, bucket: string, prefix: string): AsyncGenerator<readonly [string, Buffer]> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    for (const { Key = '' } of Contents) yield [Key, await read(s3, bucket, Key)];
  }
}

async function read(s3: S3Client, bucket: string, key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** Every version goes: a delete marker alone would leave the object to be read for another day. */
async function deleteVersions(s3: S3Client, bucket: string, key: string): Promise<void> {
  const start: ListObjectVersionsCommandInput = { Bucket: bucket, Prefix: key };
  for (let next: ListObjectVersionsCommandInput | undefined = start; next; ) {
    const page: ListObjectVersionsCommandOutput = await s3.send(new ListObjectVersionsCommand(next));
    for (const { Key, VersionId } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]) {
      if (Key === key) await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId }));
    }
    next = page.IsTruncated
      ? { ...start, KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
      : undefined;
  }
}
