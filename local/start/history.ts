import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Clients } from './aws.ts';
import type { Loans } from './data.ts';
import { say } from './say.ts';

/** Where the batch job looks for loans, plain as it reads them. */
const key = 'raw/loans.csv';

/** Puts the loan history into the history bucket. */
export async function uploadHistory(
  { s3 }: Clients,
  bucket: string,
  { csv }: Loans,
  signal: AbortSignal,
): Promise<void> {
  const { size } = await stat(csv);
  const put = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: createReadStream(csv),
    ContentLength: size,
    ContentType: 'text/csv',
  });
  await s3.send(put, { abortSignal: signal });
  say('data', `The loan history is at s3://${bucket}/${key}`);
}
