// `npm run erase`: erases a person, and says where data of the person was and is not any more, and where it still is.
import { parseArgs } from 'node:util';
import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { auditWriter } from '../../lambdas/patterns/audit/append.ts';
import type { Decision } from '../../lambdas/patterns/decision/decision.ts';
import { deployedTrail } from '../audit/trail.ts';
import { actorOf } from '../redrive/actor.ts';
import { type Erased, erasePerson } from './erase.ts';
import { erasableOutputs, everyPlace } from './every-place.ts';
import { remaining } from './remaining.ts';

const usage = `Usage: npm run erase -- --subject PSEUDONYM | --application ID [--by WHO]

Erases a person: the key of the person's audit entries, and what is of the person in every table, bucket and the data lake.
The audit log stays as it is and still verifies; what it has of the person can't be read by anybody any more.

  --subject PSEUDONYM  the applicant's pseudonym, as decisions have it under subject.applicant
  --application ID     an application of the person, whose decision is there
  --by WHO             number of staff or role that goes into the audit trail (default: the role or user id of the caller)`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], options: { subject: text, application: text, by: text } });
  const outputs = await erasableOutputs();
  const { subjectKeys } = await deployedTrail();
  const { dynamo } = subjectKeys;
  const { application } = values;
  const subject = values.subject ?? (application && (await subjectOf(dynamo, outputs.DecisionsTableName, application)));
  if (!subject) {
    console.error(application ? `There is no decision on ${application}.` : usage);
    return 2;
  }
  const s3 = new S3Client({ forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
  const erased = await erasePerson({
    subject,
    by: values.by ?? actorOf(await new STSClient().send(new GetCallerIdentityCommand({}))),
    places: await everyPlace({ dynamo, s3, glue: new GlueClient() }, outputs, subject),
    subjectKeys,
    appendEntry: auditWriter(new SQSClient(), outputs.AuditQueueUrl),
    now: () => new Date(),
  });
  tell(erased);
  return erased.places.every(({ left }) => left === 0) ? 0 : 1;
}

async function subjectOf(dynamo: DynamoDBClient, table: string, applicationId: string): Promise<string | undefined> {
  const { Item } = await dynamo.send(
    new GetItemCommand({ TableName: table, Key: { applicationId: { S: applicationId } }, ConsistentRead: true }),
  );
  const record = Item?.['record']?.S;
  return record === undefined ? undefined : (JSON.parse(record) as Decision).subject.applicant;
}

function tell({ at, key, places }: Erased): void {
  console.log(`Erased at ${at}`);
  console.log(`  audit key        ${key ? `${key}: gone; what it sealed is unreadable` : 'there was none'}`);
  for (const { name, removed, left } of places) console.log(`  ${name.padEnd(16)} ${removed} removed, ${left} left`);
  console.log('Not reached by this, and until when it is there:');
  for (const line of remaining(new Date(at))) console.log(`  ${line}`);
}
