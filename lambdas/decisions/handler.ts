import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { isApplicationId } from '../patterns/application/application.ts';
import { dynamoClient } from '../patterns/clients/clients.ts';
import { explain } from '../patterns/decision/explain.ts';
import { keptStore } from '../patterns/decision/kept.ts';
import { answer, refusalOf, refuse } from '../patterns/http/answer.ts';
import { deadlineOf } from '../patterns/resilience/deadline.ts';
import { readVersions } from '../patterns/review/held-decision.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to answer. Milliseconds. */
const reserveMs = 500;

const environment = parseEnvironment();
const dynamo = dynamoClient();
const kept = keptStore(dynamo, environment.KEPT_TABLE);

/** `GET /decisions/{applicationId}`: what was decided, in words that an applicant understands, or why nothing is yet. */
export async function handler(
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> {
  const applicationId = event.pathParameters?.['applicationId'];
  if (!isApplicationId(applicationId)) return notFound();
  const deadline = deadlineOf(context, reserveMs);
  const versions = await readVersions(dynamo, environment.DECISIONS_TABLE, applicationId, deadline);
  if (versions) return answer(200, explain(versions));
  const why = await kept.why(applicationId, deadline);
  return why ? answer(200, { applicationId, outcome: 'kept', why }) : notFound();
}

function notFound(): APIGatewayProxyStructuredResultV2 {
  const remedy = 'give the id of an application that was decided; GET /applications tells whether it was received';
  return refuse(refusalOf(404, 'not-found', 'applicationId', 'has no decision', remedy));
}
