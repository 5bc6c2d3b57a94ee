import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context, ScheduledEvent } from 'aws-lambda';
import { appConfigClient, dynamoClient, kinesisClient } from '../patterns/clients/clients.ts';
import { keptStore } from '../patterns/decision/kept.ts';
import { type Resumed, resume } from '../patterns/decision/resume.ts';
import { modesOf } from '../patterns/modes/modes.ts';
import { deadlineOf } from '../patterns/resilience/deadline.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to answer. Milliseconds. */
const reserveMs = 1_000;

const environment = parseEnvironment();
const logger = new Logger();
const metrics = new Metrics();
const options = {
  store: keptStore(dynamoClient(), environment.keptTable),
  kinesis: kinesisClient(),
  streamName: environment.streamName,
  mode: modesOf({
    client: appConfigClient(),
    address: environment.modes,
    now: Date.now,
    onUnknown: (why) => logger.warn('the mode of deciding is not known', { why }),
  }),
  now: () => new Date(),
};

/** Once a minute: applications that were kept instead of decided are taken up again. */
export async function handler(_event: ScheduledEvent, context: Context): Promise<Resumed> {
  const done = await resume(deadlineOf(context, reserveMs), options);
  metrics.addMetric('ApplicationsResumed', MetricUnit.Count, done.resumed);
  metrics.addMetric('ApplicationsWaiting', MetricUnit.Count, done.waiting);
  metrics.publishStoredMetrics();
  return done;
}
