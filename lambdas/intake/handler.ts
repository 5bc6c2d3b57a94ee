import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Application } from '../patterns/application/application.ts';
import { loggableFields } from '../patterns/application/validate.ts';
import { canaryRoute, isCanary } from '../patterns/canary/canary.ts';
import { dynamoClient, kinesisClient, kmsClient } from '../patterns/clients/clients.ts';
import { answer, Refusal, refusalOf, refuse } from '../patterns/http/answer.ts';
import { intake } from '../patterns/intake/intake.ts';
import { applicationOf, requesterOf } from '../patterns/intake/request.ts';
import { keptPseudonymiser } from '../patterns/pseudonym/kept.ts';
import { deadlineOf } from '../patterns/resilience/deadline.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to give up a claim and to answer. Milliseconds. */
const reserveMs = 1_500;

const logger = new Logger();
const metrics = new Metrics();
const environment = parseEnvironment();
/** For order alone: it can't be joined with the pseudonyms of decisions. */
const pseudonym = keptPseudonymiser(kmsClient(), environment.PSEUDONYM_KEY_ID, 'stream-order');
const receive = intake({
  dynamo: dynamoClient(),
  kinesis: kinesisClient(),
  applicationsTable: environment.APPLICATIONS_TABLE,
  decisionsTable: environment.DECISIONS_TABLE,
  streamName: environment.STREAM_NAME,
  partitionKey: async ({ applicantName }, deadline) => (await pseudonym(deadline))(applicantName),
  now: () => new Date(),
});

/** `POST /applications`, and `POST /canaries` for those that test the way: checks an application, claims its id and puts it on the stream. */
export async function handler(
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> {
  try {
    const application = applicationOf(event, new Date());
    requireRoute(application, event.routeKey);
    const receipt = await receive(application, requesterOf(event), deadlineOf(context, reserveMs));
    if (!isCanary(application.applicationId)) countReceived();
    return answer(202, receipt);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    logger.info('refused', { code: error.code, fields: loggableFields(error.fields) });
    return refuse(error);
  }
}

/** Only who may call the route of canaries can mark an application as one, and it takes nothing else in. */
function requireRoute({ applicationId }: Application, routeKey: string): void {
  if (isCanary(applicationId) === (routeKey === canaryRoute)) return;
  throw refusalOf(400, 'invalid', 'applicationId', 'is for canaries only, or is of none', 'use another id or route');
}

function countReceived(): void {
  metrics.addMetric('ApplicationsReceived', MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
}
