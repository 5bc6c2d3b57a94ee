import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { signedApi } from '../patterns/canary/api.ts';
import { decidedAfter, isRefused } from '../patterns/canary/fly.ts';
import { deadlineOf } from '../patterns/resilience/deadline.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to say what became of the canaries. Milliseconds. */
const reserveMs = 2_000;

const logger = new Logger();
const metrics = new Metrics();
const { apiUrl, region, withinMs } = parseEnvironment();
const api = signedApi(apiUrl, region);

/** What became of the canaries. */
export interface Flight {
  readonly decided: boolean;
  /** Absent if the API did not say. */
  readonly refused?: boolean;
}

/** On a schedule: sends an application that must be decided, and one that must be refused. */
export async function handler(_event: unknown, context: Context): Promise<Flight> {
  const deadline = deadlineOf(context, reserveMs);
  const [afterMs, refused] = await Promise.all([decidedAfter(api, withinMs, deadline), isRefused(api, deadline)]);
  const decided = afterMs !== undefined;
  metrics.addMetric('CanaryDecided', MetricUnit.Count, decided ? 1 : 0);
  if (afterMs !== undefined) metrics.addMetric('CanaryTime', MetricUnit.Milliseconds, afterMs);
  if (refused !== undefined) metrics.addMetric('BadCanaryAccepted', MetricUnit.Count, refused ? 0 : 1);
  metrics.publishStoredMetrics();
  const flight = { decided, ...(refused !== undefined && { refused }) };
  if (decided && refused) logger.info('the canaries came home', flight);
  else logger.warn('a canary did not come home', flight);
  return flight;
}
