// `npm run erase`: erases a person, and says where data of the person was and is not any more, and where it still is.
import { parseArgs } from 'node:util';
import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { auditWriter } from '../../lambdas/patterns/audit/append.ts';
import type { Decision } from '../../lambdas/patterns/decision/decision.ts';
import { deployedTrail, outputsOf } from '../audit/trail.ts';
import { actorOf } from '../redrive/actor.ts';
import { type Erased, erasePerson } from './erase.ts';
import { applicationsOf, failuresPlace, tablePlace } from './places.ts';

const usage = `Usage: npm run erase -- --subject PSEUDONYM | --application ID [--by WHO]

Erases a person: the key of the person's audit entries, decisions, applications, review cases, failed records.
The audit log stays as it is and still verifies; what it has of the person can't be read by anybody any more.

  --subject PSEUDONYM  the applicant's pseudonym, as decisions have it under subject.applicant
  --application ID     an application of the person, whose decision is there
  --by WHO             number of staff or role that goes into the audit trail (default: the role or user id of the caller)`;

/** What an erasure does not reach, and until when it is there. A report that left it out would not be true. */
const notReached = [
  'applications: a copy in earlier states of the tables (point-in-time recovery), for 35 days at most',
  'audit keys: a copy in earlier states of their table, for 7 days; restoring it takes a right that no role of these stacks has',
  'stream: the application as it was sent, until the retention of the stream (48 hours unless changed)',
  'audit queue: entries of the person that are on their way; they are sealed with a key that is forgotten at once',
  'feature windows and outcomes: counts and outcomes under the pseudonym or the application id stay; no name is in them',
  'history: loans of the past in the data lake and its snapshots, which no application of this service is in',
  'audit log: that entries were made, of which size, and the ids of applications in its index and batches; nothing of what they say',
];

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], options: { subject: text, application: text, by: text } });
  const [decision, ingestion, foundation, oversight] = await Promise.all([
    outputsOf('SeaworthyDecision', ['DecisionsTableName', 'ApplicationsTableName']),
    outputsOf('SeaworthyIngestion', ['FailureBucketName']),
    outputsOf('SeaworthyFoundation', ['AuditQueueUrl']),
    outputsOf('SeaworthyOversight', ['CasesTableName']),
  ]);
  const { subjectKeys } = await deployedTrail();
  const { dynamo } = subjectKeys;
  const { application } = values;
  const subject =
    values.subject ?? (application && (await subjectOf(dynamo, decision.DecisionsTableName, application)));
  if (!subject) {
    console.error(application ? `There is no decision on ${application}.` : usage);
    return 2;
  }
  const ids = await applicationsOf(dynamo, decision.DecisionsTableName, subject);
  const s3 = new S3Client({ forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
  const byId = (name: string, table: string, key: string) => tablePlace(dynamo, { name, table, key }, ids);
  const erased = await erasePerson({
    subject,
    by: values.by ?? actorOf(await new STSClient().send(new GetCallerIdentityCommand({}))),
    places: [
      failuresPlace(s3, ingestion.FailureBucketName, ids),
      byId('review cases', oversight.CasesTableName, 'caseId'),
      byId('applications', decision.ApplicationsTableName, 'applicationId'),
      // Last: it is what the person's applications are found by, if all this has to be done again.
      byId('decisions', decision.DecisionsTableName, 'applicationId'),
    ],
    subjectKeys,
    appendEntry: auditWriter(new SQSClient(), foundation.AuditQueueUrl),
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
  console.log(
    key ? `  audit key        ${key}: gone; what it sealed is unreadable` : '  audit key        there was none',
  );
  for (const { name, removed, left } of places) console.log(`  ${name.padEnd(16)} ${removed} removed, ${left} left`);
  console.log('Not reached by this, and until when it is there:');
  for (const line of notReached) console.log(`  ${line}`);
}
