import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Clients } from './aws.ts';
import { say } from './say.ts';

/** Puts the loans where the batch job and the training look for them; their arrival starts the job. */
export async function uploadLoans(
  { s3 }: Clients,
  bucket: string,
  csv: string,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const { size } = await stat(csv);
  const key = `raw/${name}`;
  const put = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: createReadStream(csv),
    ContentLength: size,
    ContentType: 'text/csv',
  });
  await s3.send(put, { abortSignal: signal });
  say('data', `${size} bytes of loans have arrived at s3://${bucket}/${key}`);
}

/** The name of a file of loans in the bucket. */
export function nameOf(csv: string): string {
  return path.basename(csv) === 'train.csv' ? 'loans.csv' : path.basename(csv);
}
