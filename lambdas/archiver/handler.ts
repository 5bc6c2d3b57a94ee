import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { archive } from '../patterns/archive/archive.ts';
import { kmsClient, s3Client } from '../patterns/clients/clients.ts';
import { keptPseudonymiser } from '../patterns/pseudonym/kept.ts';
import { deadlineOf } from '../patterns/resilience/deadline.ts';
import { recordsOf, type StreamEvent } from '../patterns/stream/stream-record.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to say what went wrong. Milliseconds. */
const reserveMs = 1_000;

const environment = parseEnvironment();
const metrics = new Metrics();
const s3 = s3Client();
const pseudonym = keptPseudonymiser(kmsClient(), environment.PSEUDONYM_KEY_ID, 'loan-applicant');

/**
 * Puts the records of a batch into the archive, pseudonymised by the same key as decisions are. It fails as a whole, and
 * the batch comes again as a whole.
 */
export async function handler(event: StreamEvent, context: Context): Promise<void> {
  const deadline = deadlineOf(context, reserveMs);
  const records = recordsOf(event);
  const pseudonymise = await pseudonym(deadline);
  const { rows, unreadable } = await archive(s3, environment.ARCHIVE_BUCKET, records, pseudonymise, deadline);
  const oldest = Math.min(...records.map(({ arrivedMs }) => arrivedMs));
  metrics.addMetric('ArchiveDelay', MetricUnit.Milliseconds, Math.max(0, Date.now() - oldest));
  metrics.addMetric('RecordsArchived', MetricUnit.Count, rows);
  metrics.addMetric('RecordsUnreadable', MetricUnit.Count, unreadable);
  metrics.publishStoredMetrics();
}
