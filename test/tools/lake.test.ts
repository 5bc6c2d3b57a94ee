import { CreateDatabaseCommand, CreateJobCommand, CreateTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { credentials, region } from '../../local/start/aws.ts';
import { type Lake, lakePlace } from '../../tools/erase/lake.ts';
import { type Embedded, startEmbedded } from '../lambdas/audit/embedded.ts';

const bucket = 'lake';

/** Stands for the history's job, which its own tests run with Spark: it keeps to the list, and to the report's place. */
const script = `
import argparse, json
import boto3
parser = argparse.ArgumentParser(allow_abbrev=False)
for name in ("task", "JOB_RUN_ID"):
    parser.add_argument(f"--{name}", required=True)
options, _ = parser.parse_known_args()
s3 = boto3.client("s3")
listed = json.load(s3.get_object(Bucket="${bucket}", Key="runs/state/erased.json")["Body"])
if "nobody-can" in listed:
    raise PermissionError("the files could not be deleted")
report = {"removed": len(listed), "left": 0} if options.task == "erase" else {}
key = f"runs/reports/erasures/{options.JOB_RUN_ID}.json"
s3.put_object(Bucket="${bucket}", Key=key, Body=json.dumps(report).encode())
`;

let embedded: Embedded;
let lake: Lake;

beforeAll(async () => {
  embedded = await startEmbedded();
  const { s3 } = embedded.clients;
  const glue = new GlueClient({ endpoint: embedded.endpoint, region, credentials });
  lake = { glue, s3, job: 'history', database: 'history', table: 'loans', bucket };
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'job.py', Body: script }));
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: lake.database } }));
  await glue.send(
    new CreateJobCommand({
      Name: lake.job,
      Role: 'arn:aws:iam::000000000000:role/glue',
      GlueVersion: '5.1',
      Command: { Name: 'glueetl', ScriptLocation: `s3://${bucket}/job.py`, PythonVersion: '3' },
    }),
  );
});
afterAll(() => embedded.close());

async function listed(): Promise<unknown> {
  const object = { Bucket: bucket, Key: 'runs/state/erased.json' };
  const { Body } = await lake.s3.send(new GetObjectCommand(object));
  return JSON.parse((await Body?.transformToString()) ?? '');
}

test('without a table nothing is run, and the person is listed for what will be delivered', async () => {
  expect(await lakePlace(lake, 'first').erase()).toEqual({ removed: 0, left: 0 });
  expect(await listed()).toEqual(['first']);
});

test('the job erases who is listed, each once, and its report is what counts', async () => {
  const table = { DatabaseName: lake.database, TableInput: { Name: lake.table } };
  await lake.glue.send(new CreateTableCommand(table));
  for (const _ of [1, 2]) expect(await lakePlace(lake, 'second').erase()).toEqual({ removed: 2, left: 0 });
  expect(await listed()).toEqual(['first', 'second']);
});

test('a run that fails fails the erasure, which says that the person may be there still', async () => {
  await expect(lakePlace(lake, 'nobody-can').erase()).rejects.toThrow(
    /may have the person still.*ended FAILED: PermissionError: the files could not be deleted/,
  );
});
