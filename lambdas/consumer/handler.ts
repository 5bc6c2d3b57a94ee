import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { auditWriter } from '../patterns/audit/append.ts';
import { settingRecorder } from '../patterns/audit/record-setting.ts';
import { isCanary } from '../patterns/canary/canary.ts';
import { dynamoClient, s3Client, sfnClient, sqsClient } from '../patterns/clients/clients.ts';
import { deciding } from '../patterns/decision/deciding.ts';
import { measure } from '../patterns/decision/measure.ts';
import { admit } from '../patterns/poison/policy.ts';
import { quarantine } from '../patterns/quarantine/quarantine.ts';
import { fromRecord } from '../patterns/record/record.ts';
import type { Deadline } from '../patterns/resilience/deadline.ts';
import { openCase } from '../patterns/review/open-case.ts';
import { modelPeople } from '../patterns/review/parties.ts';
import { dynamoCases } from '../patterns/review/store.ts';
import { startWorkflow } from '../patterns/review/workflow.ts';
import { streamConsumer } from '../patterns/stream/consume.ts';
import type { BatchReport } from '../patterns/stream/report.ts';
import type { StreamEvent, StreamRecord } from '../patterns/stream/stream-record.ts';
import { configurationOf } from './configuration.ts';
import { parseEnvironment } from './environment.ts';

const environment = parseEnvironment();
const logger = new Logger();
const metrics = new Metrics();
const s3 = s3Client();
const measured = measure();
const decide = deciding({
  settings: environment.decision,
  openCase: openCase({
    cases: dynamoCases(dynamoClient(), environment.casesTable),
    startWorkflow: startWorkflow(sfnClient(), environment.workflowArn),
    ...environment.review,
    modelPeople: modelPeople(dynamoClient(), environment.stagesTable),
    now: () => new Date(),
  }),
  logger,
  metrics,
});
const configuration = configurationOf(environment);
const recordConfiguration = settingRecorder(
  { name: 'decision', document: configuration },
  {
    dynamo: dynamoClient(),
    table: environment.decision.breakersTable,
    appendEntry: auditWriter(sqsClient(), environment.decision.auditQueueUrl),
    now: () => new Date(),
    // The audit trail has the digest alone.
    onChange: (digest) => logger.info('the configuration of decisions has changed', { digest, configuration }),
  },
);

const consume = streamConsumer({
  deal: decideRecord,
  quarantine: (record, poison, deadline) => quarantine(s3, environment.failureBucket, record, poison, deadline),
  logger,
  metrics,
});

/**
 * Decides the applications of a batch of stream records, of Kinesis or of Kafka.
 *
 * Records of the same key are dealt with in their order, so that an applicant's earlier application is the earlier
 * decided.
 */
export async function handler(event: StreamEvent, context: Context): Promise<BatchReport> {
  try {
    return await consume(event, context);
  } finally {
    measured.publish(metrics);
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  }
}

async function decideRecord(record: StreamRecord, deadline: Deadline): Promise<void> {
  const received = fromRecord(record);
  admit(received.application, environment);
  await recordConfiguration(deadline);
  const dealt = await decide(received, deadline);
  // A canary is no business.
  if (!isCanary(received.application.applicationId)) measured.add(dealt);
}
