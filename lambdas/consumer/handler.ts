import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { loggableFields } from '../patterns/application/validate.ts';
import { auditWriter } from '../patterns/audit/append.ts';
import { dynamoClient, kmsClient, s3Client, sfnClient, sqsClient } from '../patterns/clients/clients.ts';
import { inOrder } from '../patterns/concurrency/in-order.ts';
import { limiter } from '../patterns/concurrency/limiter.ts';
import { type DecideOptions, decideApplication } from '../patterns/decision/decide-application.ts';
import { modelClient } from '../patterns/model-client/model-client.ts';
import { type Brake, brake } from '../patterns/poison/brake.ts';
import { poisonClasses } from '../patterns/poison/classes.ts';
import { classOf } from '../patterns/poison/classify.ts';
import { PoisonRecord } from '../patterns/poison/poison-record.ts';
import { admit } from '../patterns/poison/policy.ts';
import { pseudonymiser } from '../patterns/pseudonym/pseudonym.ts';
import { quarantine } from '../patterns/quarantine/quarantine.ts';
import { fromRecord } from '../patterns/record/record.ts';
import { type Deadline, deadlineOf } from '../patterns/resilience/deadline.ts';
import { openCase } from '../patterns/review/open-case.ts';
import { dynamoCases } from '../patterns/review/store.ts';
import { startWorkflow } from '../patterns/review/workflow.ts';
import { type BatchReport, reportOn } from '../patterns/stream/report.ts';
import { recordsOf, type StreamEvent, type StreamRecord } from '../patterns/stream/stream-record.ts';
import { type Tally, tally } from '../patterns/stream/tally.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to report the records that failed: whatever hangs, the function answers. Milliseconds. */
const reserveMs = 1_000;
/** Applications of one batch that are decided at a time. */
const concurrency = 16;
/** So many failures of a class that says stop, in one batch, and no further record of it is begun. */
const stopAfter = 3;

const environment = parseEnvironment();
const logger = new Logger();
const metrics = new Metrics();
const s3 = s3Client();
const kms = kmsClient();
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

let pseudonyms: ReturnType<typeof pseudonymiser> | undefined;

/** The pseudonymiser of this container. A failure is not kept: the next record asks KMS again. */
function pseudonym(deadline: Deadline): ReturnType<typeof pseudonymiser> {
  pseudonyms ??= pseudonymiser(kms, environment.pseudonymKeyId, 'loan-applicant', deadline).catch((error: unknown) => {
    pseudonyms = undefined;
    throw error;
  });
  return pseudonyms;
}

/** What the records of one invocation share. */
interface Invocation {
  readonly deadline: Deadline;
  readonly failures: Tally;
  readonly brake: Brake;
}

/**
 * Decides the applications of a batch of stream records, of Kinesis or of Kafka. What becomes of a record that fails
 * is said by its class (`patterns/poison/classes.ts`): it goes whole to the failure bucket, or it is reported and the
 * stream delivers from there again.
 *
 * Records of the same key are dealt with in their order, so that an applicant's earlier application is the earlier
 * decided.
 */
export async function handler(event: StreamEvent, context: Context): Promise<BatchReport> {
  const invocation = { deadline: deadlineOf(context, reserveMs), failures: tally(), brake: brake(stopAfter) };
  const inTurn = limiter(concurrency);
  const inOrderOfKey = inOrder();
  const one = (record: StreamRecord) => {
    const task = () => inTurn(() => settle(record, invocation));
    return record.origin.key === '' ? task() : inOrderOfKey(record.origin.key, task);
  };
  try {
    return await reportOn(recordsOf(event), one, context);
  } finally {
    invocation.failures.publish(metrics);
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  }
}

/** Deals with one record. @throws Error, always an Error, if it has to be delivered again */
async function settle(record: StreamRecord, invocation: Invocation): Promise<void> {
  try {
    invocation.brake.check();
    await decideOrReject(record, invocation);
  } catch (error) {
    const failure = classOf(error);
    invocation.failures.add(failure);
    if (poisonClasses[failure].action === 'stop') invocation.brake.note();
    // The name only: a message may repeat what was given, and that may be personal data.
    const name = error instanceof Error ? error.name : typeof error;
    logger.error('record failed, it will be delivered again', { ...placeOf(record), class: failure, failure: name });
    // The batch processor reads the message of what is thrown: null or undefined would reject the whole batch.
    throw error instanceof Error ? error : new Error(`a value of type ${name} was thrown`);
  }
}

async function decideOrReject(record: StreamRecord, invocation: Invocation): Promise<void> {
  try {
    await decideRecord(record, invocation.deadline);
  } catch (error) {
    if (!(error instanceof PoisonRecord)) throw error;
    await reject(record, error, invocation);
  }
}

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

async function reject(record: StreamRecord, poison: PoisonRecord, { deadline, failures }: Invocation): Promise<void> {
  await quarantine(s3, environment.failureBucket, record, poison, deadline);
  failures.add(poison.poison);
  metrics.addMetric('RecordsQuarantined', MetricUnit.Count, 1);
  const fields = loggableFields(poison.problems);
  logger.warn('record quarantined', { ...placeOf(record), reason: poison.poison, fields });
}

/** Where a record lies, for a log: its key is left out, since a sender decides on it. */
function placeOf({ origin: { partition, position } }: StreamRecord): { readonly eventId: string } {
  return { eventId: `${partition}:${position}` };
}
