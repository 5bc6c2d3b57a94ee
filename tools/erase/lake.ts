import { setTimeout as sleep } from 'node:timers/promises';
import {
  EntityNotFoundException,
  GetJobRunCommand,
  GetTableCommand,
  type GlueClient,
  StartJobRunCommand,
} from '@aws-sdk/client-glue';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Place, Removal } from './places.ts';

/** The table of loans in the data lake, by the job that is allowed to change it. */
export interface Lake {
  readonly glue: GlueClient;
  readonly s3: S3Client;
  readonly job: string;
  readonly database: string;
  readonly table: string;
  /** Where the job has its state and leaves its reports, under `runs/`. */
  readonly bucket: string;
}

/** Pause between two looks at a run. Milliseconds. */
const pauseMs = 2_000;

/** Who may not come back: the job reads it, in an erasure and before it takes files in. */
const listKey = 'runs/state/erased.json';

/**
 * The person's loans in the data lake. The person is listed first, so that no run takes them in any more; then the
 * history's own job deletes the loans, and expires the snapshots that had them. The pseudonym goes by the list, as
 * arguments of runs are kept in logs.
 *
 * @throws Error if the run fails, or another one is under way
 */
export function lakePlace(lake: Lake, subject: string): Place {
  const erase = async (): Promise<Removal> => {
    await list(lake, subject);
    if (!(await hasTable(lake))) return { removed: 0, left: 0 };
    const { JobRunId = '' } = await lake.glue.send(
      new StartJobRunCommand({ JobName: lake.job, Arguments: { '--task': 'erase' } }),
    );
    await ended(lake, JobRunId);
    return removalOf(lake, JobRunId);
  };
  return { name: 'data lake', erase };
}

async function hasTable({ glue, database, table }: Lake): Promise<boolean> {
  try {
    await glue.send(new GetTableCommand({ DatabaseName: database, Name: table }));
    return true;
  } catch (error) {
    if (error instanceof EntityNotFoundException) return false;
    throw error;
  }
}

/** Adds a person to the list; of two who add at a time one fails, and may do it again. */
async function list(lake: Lake, subject: string): Promise<void> {
  const { listed, etag } = await listedIn(lake);
  if (listed.includes(subject)) return;
  const Body = JSON.stringify([...listed, subject]);
  const condition = etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag };
  await lake.s3.send(new PutObjectCommand({ Bucket: lake.bucket, Key: listKey, Body, ...condition }));
}

async function listedIn({ s3, bucket }: Lake): Promise<{ listed: readonly string[]; etag?: string | undefined }> {
  try {
    const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: listKey }));
    return { listed: JSON.parse((await Body?.transformToString()) ?? '') as string[], etag: ETag };
  } catch (error) {
    if (error instanceof NoSuchKey) return { listed: [] };
    throw error;
  }
}

async function ended({ glue, job }: Lake, run: string): Promise<void> {
  for (;;) {
    const { JobRun } = await glue.send(new GetJobRunCommand({ JobName: job, RunId: run }));
    const state = JobRun?.JobRunState ?? '';
    if (state === 'SUCCEEDED') return;
    if (['FAILED', 'TIMEOUT', 'STOPPED', 'ERROR', 'EXPIRED'].includes(state)) {
      const why = `run ${run} of ${job} ended ${state}: ${JobRun?.ErrorMessage}`;
      throw new Error(`the data lake may have the person still, erase once more when this is mended: ${why}`);
    }
    await sleep(pauseMs);
  }
}

async function removalOf({ s3, bucket }: Lake, run: string): Promise<Removal> {
  const Key = `runs/reports/erasures/${run}.json`;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
  return JSON.parse((await Body?.transformToString()) ?? '') as Removal;
}
