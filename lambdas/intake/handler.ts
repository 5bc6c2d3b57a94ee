import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { loggableFields } from '../patterns/application/validate.ts';
import { dynamoClient, kinesisClient, kmsClient } from '../patterns/clients/clients.ts';
import { answer, Refusal, refuse } from '../patterns/http/answer.ts';
import { intake } from '../patterns/intake/intake.ts';
import { applicationOf, requesterOf } from '../patterns/intake/request.ts';
import { keptPseudonymiser } from '../patterns/pseudonym/kept.ts';
import { deadlineOf } from '../patterns/resilience/deadline.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to give up a claim and to answer. Milliseconds. */
const reserveMs = 1_500;

const logger = new Logger();
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

/** `POST /applications`: checks an application, claims its id and puts it on the stream. */
export async function handler(
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> {
  try {
    const application = applicationOf(event, new Date());
    return answer(202, await receive(application, requesterOf(event), deadlineOf(context, reserveMs)));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    logger.info('refused', { code: error.code, fields: loggableFields(error.fields) });
    return refuse(error);
  }
}
