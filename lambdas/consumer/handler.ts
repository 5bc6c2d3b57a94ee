import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { auditWriter } from '../patterns/audit/append.ts';
import { dynamoClient, kmsClient, s3Client, sfnClient, sqsClient } from '../patterns/clients/clients.ts';
import { type DecideOptions, decideApplication } from '../patterns/decision/decide-application.ts';
import { modelClient } from '../patterns/model-client/model-client.ts';
import { admit } from '../patterns/poison/policy.ts';
import { keptPseudonymiser } from '../patterns/pseudonym/kept.ts';
import { quarantine } from '../patterns/quarantine/quarantine.ts';
import { fromRecord } from '../patterns/record/record.ts';
import type { Deadline } from '../patterns/resilience/deadline.ts';
import { openCase } from '../patterns/review/open-case.ts';
import { dynamoCases } from '../patterns/review/store.ts';
import { startWorkflow } from '../patterns/review/workflow.ts';
import { streamConsumer } from '../patterns/stream/consume.ts';
import type { StreamRecord } from '../patterns/stream/stream-record.ts';
import { parseEnvironment } from './environment.ts';

const environment = parseEnvironment();
const metrics = new Metrics();
const s3 = s3Client();
const dynamo = dynamoClient();
const now = () => new Date();
const options: Omit<DecideOptions, 'pseudonym'> = {
  dynamo,
  decisionsTable: environment.decisionsTable,
  appendEntry: auditWriter(sqsClient(), environment.auditQueueUrl),
  policy: environment,
  askModel: modelClient(environment.modelUrl),
  openCase: openCase({
    cases: dynamoCases(dynamo, environment.casesTable),
    startWorkflow: startWorkflow(sfnClient(), environment.workflowArn),
    ...environment.review,
    now,
  }),
  now,
};

const pseudonym = keptPseudonymiser(kmsClient(), environment.pseudonymKeyId, 'loan-applicant');

/**
 * Decides the applications of a batch of stream records, of Kinesis or of Kafka.
 *
 * Records of the same key are dealt with in their order, so that an applicant's earlier application is the earlier
 * decided.
 */
export const handler = streamConsumer({
  deal: decideRecord,
  quarantine: (record, poison, deadline) => quarantine(s3, environment.failureBucket, record, poison, deadline),
  logger: new Logger(),
  metrics,
});

async function decideRecord(record: StreamRecord, deadline: Deadline): Promise<void> {
  const received = fromRecord(record);
  admit(received.application, environment);
  const withPseudonym = { ...options, pseudonym: await pseudonym(deadline) };
  const { decision, first } = await decideApplication(received, deadline, withPseudonym);
  // A redelivery mends what is missing; it is not a second decision.
  if (!first) return;
  metrics.addMetric('ApplicationsDecided', MetricUnit.Count, 1);
  metrics.addMetric('ApplicationsApproved', MetricUnit.Count, decision.outcome === 'approved' ? 1 : 0);
  if (decision.outcome === 'referred') metrics.addMetric('ApplicationsReferred', MetricUnit.Count, 1);
  if (decision.probability === null) metrics.addMetric('ModelCallFailed', MetricUnit.Count, 1);
}
