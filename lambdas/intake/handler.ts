import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { dynamoClient, kinesisClient } from '../patterns/clients/clients.ts';
import { answer, Refusal, refuse } from '../patterns/http/answer.ts';
import { intake } from '../patterns/intake/intake.ts';
import { applicationOf } from '../patterns/intake/request.ts';
import { parseEnvironment } from './environment.ts';

const logger = new Logger();
const environment = parseEnvironment();
const receive = intake({
  dynamo: dynamoClient(),
  kinesis: kinesisClient(),
  applicationsTable: environment.APPLICATIONS_TABLE,
  decisionsTable: environment.DECISIONS_TABLE,
  streamName: environment.STREAM_NAME,
  now: () => new Date(),
});

/** `POST /applications`: checks an application, claims its id and puts it on the stream. */
export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  try {
    const application = applicationOf(event, new Date());
    return answer(202, await receive(application));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // Field names only: what was given may be personal data.
    logger.info('refused', { code: error.code, fields: error.fields.map(({ field }) => field) });
    return refuse(error);
  }
}
