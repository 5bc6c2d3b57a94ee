import { DeleteItemCommand, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';

/** Where a person's data may be, and how it is found and removed there. */
export interface Place {
  readonly name: string;
  /** What of the person is there: names of items or objects. */
  find(): Promise<readonly string[]>;
  remove(found: readonly string[]): Promise<void>;
}

/** Ids of the applications of a person: those whose decision names the person's pseudonym. It reads the whole table. */
export async function applicationsOf(dynamo: DynamoDBClient, table: string, subject: string): Promise<string[]> {
  const pages = paginateScan(
    { client: dynamo },
    {
      TableName: table,
      ConsistentRead: true,
      ProjectionExpression: 'applicationId',
      FilterExpression: 'contains(#record, :subject)',
      ExpressionAttributeNames: { '#record': 'record' },
      ExpressionAttributeValues: { ':subject': { S: JSON.stringify(subject) } },
    },
  );
  const ids = new Set<string>();
  for await (const { Items = [] } of pages) for (const { applicationId } of Items) ids.add(applicationId?.S ?? '');
  return [...ids];
}

/** Items of a table whose key is the id of one of the applications. */
export function tablePlace(
  dynamo: DynamoDBClient,
  { name, table, key }: { readonly name: string; readonly table: string; readonly key: string },
  ids: readonly string[],
): Place {
  return {
    name,
    find: async () => {
      const found: string[] = [];
      const pages = paginateScan(
        { client: dynamo },
        {
          TableName: table,
          ConsistentRead: true,
          ProjectionExpression: '#key',
          ExpressionAttributeNames: { '#key': key },
        },
      );
      for await (const { Items = [] } of pages) found.push(...Items.map((item) => item[key]?.S ?? ''));
      return found.filter((id) => ids.some((each) => id === each || id.startsWith(`${each}-contest-`)));
    },
    remove: async (found) => {
      for (const id of found) await dynamo.send(new DeleteItemCommand({ TableName: table, Key: { [key]: { S: id } } }));
    },
  };
}

/** Failed records in a bucket that name one of the applications. It reads the whole bucket. */
export function failuresPlace(s3: S3Client, bucket: string, ids: readonly string[]): Place {
  return {
    name: 'failed records',
    find: async () => {
      const found: string[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
        for (const { Key = '' } of Contents) {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
          if (namesOne((await Body?.transformToString()) ?? '', ids)) found.push(Key);
        }
      }
      return found;
    },
    remove: async (found) => {
      for (const key of found) await deleteVersions(s3, bucket, key);
    },
  };
}

/** A record is in base64, within JSON, perhaps within JSON once more. */
function namesOne(text: string, ids: readonly string[]): boolean {
  const decoded = [...text.matchAll(/[A-Za-z0-9+/]{40,}={0,2}/g)].map(([found]) =>
    Buffer.from(found, 'base64').toString(),
  );
  return [text, ...decoded].some((each) => ids.some((id) => each.includes(JSON.stringify(id))));
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
