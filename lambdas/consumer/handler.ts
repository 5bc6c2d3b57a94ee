import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { loggableFields } from '../patterns/application/validate.ts';
import { dynamoClient, kmsClient, s3Client } from '../patterns/clients/clients.ts';
import { inOrder } from '../patterns/concurrency/in-order.ts';
import { limiter } from '../patterns/concurrency/limiter.ts';
import { type DecideOptions, decideApplication } from '../patterns/decision/decide-application.ts';
import { modelClient } from '../patterns/model-client/model-client.ts';
import { pseudonymiser } from '../patterns/pseudonym/pseudonym.ts';
import { PoisonRecord, quarantine } from '../patterns/quarantine/quarantine.ts';
import { fromRecord } from '../patterns/record/record.ts';
import { type Deadline, deadlineOf } from '../patterns/resilience/deadline.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to report the records that failed: whatever hangs, the function answers. Milliseconds. */
const reserveMs = 1_000;
/** Applications of one batch that are decided at a time. */
const concurrency = 16;

const environment = parseEnvironment();
const logger = new Logger();
const metrics = new Metrics();
const s3 = s3Client();
const kms = kmsClient();
const options: Omit<DecideOptions, 'pseudonym'> = {
  dynamo: dynamoClient(),
  s3,
  decisionsTable: environment.decisionsTable,
  auditBucket: environment.auditBucket,
  policy: environment,
  askModel: modelClient(environment.modelUrl),
  now: () => new Date(),
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

/**
 * Decides the applications of a batch of stream records. A record that can't be read goes whole to the failure
 * bucket; one that failed for a passing reason is reported, and the stream delivers from there again.
 *
 * Records of the same partition key are dealt with in their order, so the first of two applications with one id is
 * the one that is decided.
 */
export async function handler(event: KinesisStreamEvent, context: Context): Promise<KinesisStreamBatchResponse> {
  const deadline = deadlineOf(context, reserveMs);
  const inTurn = limiter(concurrency);
  const inOrderOfKey = inOrder();
  const one = (record: KinesisStreamRecord) =>
    inOrderOfKey(record.kinesis.partitionKey, () => inTurn(() => settle(record, deadline)));
  const processor = new BatchProcessor(EventType.KinesisDataStreams);
  try {
    return await processPartialResponse(event, one, processor, { context, throwOnFullBatchFailure: false });
  } finally {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  }
}

/** Deals with one record. @throws Error, always an Error, if it has to be delivered again */
async function settle(record: KinesisStreamRecord, deadline: Deadline): Promise<void> {
  try {
    await decideOrReject(record, deadline);
  } catch (error) {
    metrics.addMetric('RecordsFailed', MetricUnit.Count, 1);
    // The name only: a message may repeat what was given, and that may be personal data.
    const name = error instanceof Error ? error.name : typeof error;
    logger.error('record failed, it will be delivered again', { eventId: record.eventID, failure: name });
    // The batch processor reads the message of what is thrown: null or undefined would reject the whole batch.
    throw error instanceof Error ? error : new Error(`a value of type ${name} was thrown`);
  }
}

async function decideOrReject(record: KinesisStreamRecord, deadline: Deadline): Promise<void> {
  try {
    await decideRecord(record, deadline);
  } catch (error) {
    if (!(error instanceof PoisonRecord)) throw error;
    await reject(record, error, deadline);
  }
}

async function decideRecord(record: KinesisStreamRecord, deadline: Deadline): Promise<void> {
  const received = fromRecord(record);
  const withPseudonym = { ...options, pseudonym: await pseudonym(deadline) };
  const { decision, first } = await decideApplication(received, deadline, withPseudonym);
  // A redelivery mends what is missing; it is not a second decision.
  if (!first) return;
  metrics.addMetric('ApplicationsDecided', MetricUnit.Count, 1);
  if (decision.outcome === 'referred') metrics.addMetric('ApplicationsReferred', MetricUnit.Count, 1);
  if (decision.probability === null) metrics.addMetric('ModelCallFailed', MetricUnit.Count, 1);
}

async function reject(record: KinesisStreamRecord, poison: PoisonRecord, deadline: Deadline): Promise<void> {
  await quarantine(s3, environment.failureBucket, record, poison, deadline);
  metrics.addMetric('RecordsQuarantined', MetricUnit.Count, 1);
  const fields = loggableFields(poison.problems);
  logger.warn('record quarantined', { eventId: record.eventID, reason: poison.poison, fields });
}
