import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { auditWriter } from '../patterns/audit/append.ts';
import { appConfigClient, appConfigControlClient, sqsClient } from '../patterns/clients/clients.ts';
import { answer, Refusal, refusalOf, refuse } from '../patterns/http/answer.ts';
import { jsonBody } from '../patterns/http/body.ts';
import { presentMode } from '../patterns/modes/present-mode.ts';
import { viewOf, type WantedSwitch, wantedSwitch } from '../patterns/modes/request.ts';
import { switchMode } from '../patterns/modes/switch-mode.ts';
import { type Deadline, deadlineOf } from '../patterns/resilience/deadline.ts';
import type { Reviewer } from '../patterns/review/case.ts';
import { type ReviewRequest, reviewerOf } from '../patterns/review/request.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to answer. Milliseconds. */
const reserveMs = 500;
/** Largest body, in bytes of UTF-8. */
const maximumBytes = 4 * 1024;

const { switchGroup, auditQueueUrl, ...place } = parseEnvironment();
const logger = new Logger();
const metrics = new Metrics();
const reader = appConfigClient();
const options = {
  ...place,
  client: appConfigControlClient(),
  audit: auditWriter(sqsClient(), auditQueueUrl),
  now: () => new Date(),
};

/** `GET /mode` tells how much is decided without people; `PUT /mode` switches it, for those entitled. */
export async function handler(event: ReviewRequest, context: Context): Promise<APIGatewayProxyStructuredResultV2> {
  const deadline = deadlineOf(context, reserveMs);
  const person = reviewerOf(event);
  try {
    if (event.routeKey === 'PUT /mode') return await change(event, person, deadline);
    const present = await presentMode(reader, place.address, deadline.signal);
    return answer(200, viewOf(present, maySwitch(person)));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    logger.info('refused', { route: event.routeKey, code: error.code });
    return refuse(error);
  }
}

const maySwitch = ({ groups }: Reviewer) => groups.includes(switchGroup);

async function change(event: ReviewRequest, person: Reviewer, deadline: Deadline) {
  if (!maySwitch(person)) {
    throw refusalOf(403, 'not-entitled', 'person', 'may not switch the mode', `ask a member of ${switchGroup}`);
  }
  const wanted = wantedSwitch(jsonBody(event, maximumBytes));
  const outcome = await deploy(wanted, person, deadline).catch((error: unknown) => {
    if (!(error instanceof Refusal)) count('ModeSwitchesFailed');
    throw error;
  });
  count('ModeSwitches');
  logger.warn('the mode is switched', { to: wanted.mode, ...outcome });
  return answer(202, outcome);
}

/**
 * Whoever ends a mode must have seen it: they would end a stop otherwise that somebody else has given since. A stop
 * itself asks for nothing, and never waits for its reader.
 */
async function deploy({ mode, from, reason }: WantedSwitch, { id }: Reviewer, deadline: Deadline) {
  const present = (await presentMode(reader, place.address, deadline.signal))?.mode ?? 'unknown';
  if (mode !== 'stop' && present !== from) {
    throw refusalOf(
      409,
      'mode-changed',
      'from',
      `is ${from}, and the mode is ${present}`,
      'look at it, and decide anew',
    );
  }
  return { deployment: await switchMode(present, { mode, reason, by: id }, deadline, options) };
}

function count(name: 'ModeSwitches' | 'ModeSwitchesFailed'): void {
  metrics.addMetric(name, MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
}
