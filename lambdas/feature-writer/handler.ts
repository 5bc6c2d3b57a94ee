import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { isCanary } from '../patterns/canary/canary.ts';
import { dynamoClient, kmsClient, retries } from '../patterns/clients/clients.ts';
import { applicationEvent, type CountedEvent, groupsOf } from '../patterns/online-features/events.ts';
import { countOnce, eventsAtATime } from '../patterns/online-features/write.ts';
import { PoisonRecord } from '../patterns/poison/poison-record.ts';
import { type Pseudonymiser, pseudonymiser } from '../patterns/pseudonym/pseudonym.ts';
import { fromRecord } from '../patterns/record/record.ts';
import { type Deadline, deadlineOf } from '../patterns/resilience/deadline.ts';
import { realSurroundings } from '../patterns/resilience/surroundings.ts';
import { type BatchReport, reportOn } from '../patterns/stream/report.ts';
import { recordsOf, type StreamEvent, type StreamRecord } from '../patterns/stream/stream-record.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to report the records that failed. Milliseconds. */
const reserveMs = 1_000;

const environment = parseEnvironment();
const logger = new Logger();
const metrics = new Metrics();
const kms = kmsClient();
const store = { dynamo: dynamoClient(), table: environment.FEATURES_TABLE };

let pseudonyms: Promise<Pseudonymiser> | undefined;

/** The pseudonymiser of this container. A failure is not kept: the next batch asks KMS again. */
function pseudonym(deadline: Deadline): Promise<Pseudonymiser> {
  pseudonyms ??= pseudonymiser(kms, environment.PSEUDONYM_KEY_ID, 'loan-applicant', deadline).catch(
    (error: unknown) => {
      pseudonyms = undefined;
      throw error;
    },
  );
  return pseudonyms;
}

/**
 * Counts the applications of a batch of stream records for the online features.
 *
 * It reads the stream beside the consumer that decides, so that a store of features that is down holds up no decision.
 * A record that can't be read is the consumer's to quarantine, and is nothing to count here.
 */
export async function handler(event: StreamEvent, context: Context): Promise<BatchReport> {
  const deadline = deadlineOf(context, reserveMs);
  const records = recordsOf(event);
  const counted = countAll(records, deadline);
  try {
    return await reportOn(records, async (record) => counted.get(record));
  } finally {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  }
}

/** Counts so many records at a time, one such part after the other: they meet at the same counters. */
function countAll(records: readonly StreamRecord[], deadline: Deadline): ReadonlyMap<StreamRecord, Promise<void>> {
  const parts = new Map<StreamRecord, Promise<void>>();
  let before: Promise<unknown> = Promise.resolve();
  for (let at = 0; at < records.length; at += eventsAtATime) {
    const part = records.slice(at, at + eventsAtATime);
    const mine = before.then(() => countPart(part, deadline));
    for (const record of part) parts.set(record, mine);
    before = mine.catch(() => undefined);
  }
  return parts;
}

async function countPart(part: readonly StreamRecord[], deadline: Deadline): Promise<void> {
  try {
    const made = await pseudonym(deadline);
    const events = firstOfEach(part.flatMap((record) => eventOf(record, made)));
    await countOnce(store, events, { budget: retries, deadline, attempts: 5, surroundings: realSurroundings });
    metrics.addMetric('EventsCounted', MetricUnit.Count, events.length);
  } catch (error) {
    metrics.addMetric('EventsNotCounted', MetricUnit.Count, part.length);
    const failure = error instanceof Error ? error.name : typeof error;
    logger.error('applications were not counted, they will be delivered again', { records: part.length, failure });
    throw error;
  }
}

/** Of two applications with one id the first is the one that is decided, and counted. */
function firstOfEach(events: readonly CountedEvent[]): CountedEvent[] {
  return [...new Map(events.toReversed().map((event) => [event.id, event])).values()];
}

/** The event that a record stands for; none if it can't be read, is a canary, or belongs to the history. */
function eventOf(record: StreamRecord, made: Pseudonymiser): CountedEvent[] {
  const application = applicationIn(record);
  if (!application || isCanary(application.applicationId) || application.submittedAt < environment.FEATURES_SINCE)
    return [];
  return [applicationEvent(application, groupsOf(application, made(application.applicantName)))];
}

function applicationIn(record: StreamRecord) {
  try {
    return fromRecord(record).application;
  } catch (error) {
    if (error instanceof PoisonRecord) return undefined;
    throw error;
  }
}
