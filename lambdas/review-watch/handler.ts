import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { dynamoClient } from '../patterns/clients/clients.ts';
import { deadlineOf } from '../patterns/resilience/deadline.ts';
import { dynamoReviewers } from '../patterns/review/reviewers.ts';
import { dynamoCases } from '../patterns/review/store.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to say what failed. Milliseconds. */
const reserveMs = 500;

const { presenceMs, ...environment } = parseEnvironment();
const metrics = new Metrics();
const dynamo = dynamoClient();
const cases = dynamoCases(dynamo, environment.CASES_TABLE);
const reviewers = dynamoReviewers(dynamo, environment.REVIEWERS_TABLE);

/** Measures the queue: how long it is, how old, and whether anybody is there to work it. Runs by a schedule. */
export async function handler(_event: unknown, context: Context): Promise<void> {
  const deadline = deadlineOf(context, reserveMs);
  const now = Date.now();
  const [{ count, oldest }, present] = await Promise.all([
    cases.backlog(deadline),
    reviewers.presentSince(new Date(now - presenceMs), deadline),
  ]);
  const age = oldest === undefined ? 0 : Math.max(0, now - Date.parse(oldest)) / 1000;
  metrics.addMetric('QueueLength', MetricUnit.Count, count);
  metrics.addMetric('QueueAge', MetricUnit.Seconds, age);
  metrics.addMetric('NobodyThere', MetricUnit.Count, count > 0 && present === 0 ? 1 : 0);
  metrics.publishStoredMetrics();
}
