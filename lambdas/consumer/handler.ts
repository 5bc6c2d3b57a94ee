import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { dynamoClient, kmsClient, s3Client } from '../patterns/clients/clients.ts';
import { limiter } from '../patterns/concurrency/limit.ts';
import { type DecideOptions, decideApplication } from '../patterns/decision/decide-application.ts';
import { modelClient } from '../patterns/model-client/model-client.ts';
import { pseudonymiser } from '../patterns/pseudonym/pseudonym.ts';
import { PoisonRecord, quarantine } from '../patterns/quarantine/quarantine.ts';
import { fromRecord } from '../patterns/record/record.ts';
import { parseEnvironment } from './environment.ts';

/** Longest wait for the model, per application, all attempts together. Milliseconds. */
const modelMs = 3_200;
/** Kept back from the function's time for the two writes after the model's answer. Milliseconds. */
const reserveMs = 4_000;
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

/** The pseudonymiser of this container. A failure is not kept: the next batch asks KMS again. */
function pseudonym(): ReturnType<typeof pseudonymiser> {
  pseudonyms ??= pseudonymiser(kms, environment.pseudonymKeyId, 'loan-applicant').catch((error: unknown) => {
    pseudonyms = undefined;
    throw error;
  });
  return pseudonyms;
}

/**
 * Decides the applications of a batch of stream records. A record that can't be read goes whole to the failure
 * bucket; one that failed for a passing reason is reported, and the stream delivers from there again.
 */
export async function handler(event: KinesisStreamEvent, context: Context): Promise<KinesisStreamBatchResponse> {
  const inTurn = limiter(concurrency);
  const one = (record: KinesisStreamRecord) => inTurn(() => settle(record, context));
  const processor = new BatchProcessor(EventType.KinesisDataStreams);
  try {
    return await processPartialResponse(event, one, processor, { context, throwOnFullBatchFailure: false });
  } finally {
    metrics.publishStoredMetrics();
  }
}

/** Deals with one record. @throws Error, always an Error, if it has to be delivered again */
async function settle(record: KinesisStreamRecord, context: Context): Promise<void> {
  try {
    await decideRecord(record, context.getRemainingTimeInMillis());
  } catch (error) {
    if (error instanceof PoisonRecord) return reject(record, error);
    metrics.addMetric('RecordsFailed', MetricUnit.Count, 1);
    const name = error instanceof Error ? error.name : typeof error;
    logger.error('record failed, it will be delivered again', { eventId: record.eventID, error: name });
    // A thrown value that is no Error would reject the whole batch.
    throw error instanceof Error ? error : new Error(`a value of type ${name} was thrown`);
  }
}

async function decideRecord(record: KinesisStreamRecord, remainingMs: number): Promise<void> {
  const received = fromRecord(record);
  const withinMs = Math.min(modelMs, remainingMs - reserveMs);
  if (withinMs <= 0) throw new Error('no time left in this invocation: the record is delivered again');
  const decision = await decideApplication(received, withinMs, { ...options, pseudonym: await pseudonym() });
  metrics.addMetric('ApplicationsDecided', MetricUnit.Count, 1);
  if (decision.outcome === 'referred') metrics.addMetric('ApplicationsReferred', MetricUnit.Count, 1);
  if (decision.probability === null) metrics.addMetric('ModelCallFailed', MetricUnit.Count, 1);
}

async function reject(record: KinesisStreamRecord, poison: PoisonRecord): Promise<void> {
  await quarantine(s3, environment.failureBucket, record, poison);
  metrics.addMetric('RecordsQuarantined', MetricUnit.Count, 1);
  const fields = poison.problems.map(({ field }) => field);
  logger.warn('record quarantined', { eventId: record.eventID, reason: poison.poison, fields });
}
