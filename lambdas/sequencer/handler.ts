import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import { type AuditEntry, entryName, entryOfJson, InvalidEntry } from '../patterns/audit/entry.ts';
import { bucketStore } from '../patterns/audit/log/bucket.ts';
import { headTable } from '../patterns/audit/log/head-table.ts';
import { kmsKey, kmsVerifier } from '../patterns/audit/log/kms-key.ts';
import { positionTable } from '../patterns/audit/log/position-table.ts';
import { type Sequenced, sequence } from '../patterns/audit/log/sequence.ts';
import { sealer } from '../patterns/audit/seal/sealer.ts';
import { keyToSeal } from '../patterns/audit/seal/subject-keys.ts';
import { dynamoClient, kmsClient, s3Client, sqsClient } from '../patterns/clients/clients.ts';
import { deadlineOf } from '../patterns/resilience/deadline.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to say what went wrong. Milliseconds. */
const reserveMs = 1_000;

const environment = parseEnvironment();
const logger = new Logger();
const metrics = new Metrics();
const [dynamo, s3, kms, sqs] = [dynamoClient(), s3Client(), kmsClient(), sqsClient()];

/**
 * Appends the entries of a batch of messages to the log. A message that is no entry goes to the dead letters at once:
 * no other delivery would mend it. Whatever else fails, fails the batch, and the queue delivers all of it again.
 */
export async function handler(event: SQSEvent, context: Context): Promise<void> {
  const { signal } = deadlineOf(context, reserveMs);
  try {
    const read = event.Records.map(readMessage);
    for (const message of read) if (message.entry === undefined) await refuse(message.record, message.why, signal);
    const entries = read.flatMap(({ entry }) => entry ?? []);
    if (entries.length > 0) count(entries.length, await appendAll(entries, signal));
  } catch (error) {
    // The name only: a message may repeat what was given, and that may be personal data.
    logger.error('batch failed, it will be delivered again', { failure: nameOf(error) });
    throw error;
  } finally {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  }
}

async function appendAll(entries: readonly AuditEntry[], signal: AbortSignal): Promise<Sequenced> {
  const stores = {
    objects: bucketStore(s3, environment.bucket, signal),
    heads: headTable(dynamo, environment.ledgerTable, signal),
    positions: positionTable(dynamo, environment.ledgerTable, signal),
  };
  const verifier = await kmsVerifier(kms, environment.signingKeyId, environment.origin, signal);
  const key = kmsKey(kms, environment.signingKeyId, verifier, signal);
  const subjectKeys = {
    dynamo,
    kms,
    table: environment.subjectKeysTable,
    wrappingKeyId: environment.wrappingKeyId,
    signal,
  };
  const seal = sealer((subject, at) => keyToSeal(subjectKeys, subject, at));
  const candidates = entries.map((entry) => ({ name: entryName(entry), seal: () => seal(entry) }));
  return sequence(stores, key, candidates);
}

type Message =
  | { readonly record: SQSRecord; readonly entry: AuditEntry }
  | { readonly record: SQSRecord; readonly entry: undefined; readonly why: string };

function readMessage(record: SQSRecord): Message {
  try {
    return { record, entry: entryOfJson(record.body) };
  } catch (error) {
    if (error instanceof InvalidEntry) return { record, entry: undefined, why: error.message };
    throw error;
  }
}

/** Hands a message over to the dead letters, whole. It may be done twice: nothing is lost by that. */
async function refuse({ messageId, body }: SQSRecord, why: string, signal: AbortSignal): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl: environment.deadLettersUrl, MessageBody: body }), {
    abortSignal: signal,
  });
  metrics.addMetric('EntriesRefused', MetricUnit.Count, 1);
  logger.warn('message is no entry, it went to the dead letters', { messageId, why });
}

function count(given: number, { appended, size }: Sequenced): void {
  metrics.addMetric('EntriesAppended', MetricUnit.Count, appended);
  metrics.addMetric('EntriesAlreadyThere', MetricUnit.Count, given - appended);
  metrics.addMetric('CheckpointsSigned', MetricUnit.Count, 1);
  logger.info('appended', { given, appended, size });
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
