import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { isApplicationId } from '../patterns/application/application.ts';
import { dynamoClient } from '../patterns/clients/clients.ts';
import { answer, refusalOf, refuse } from '../patterns/http/answer.ts';
import { type Deadline, deadlineOf } from '../patterns/resilience/deadline.ts';
import { readVersions, type Versions } from '../patterns/review/held-decision.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to answer. Milliseconds. */
const reserveMs = 500;

const environment = parseEnvironment();
const dynamo = dynamoClient();

/** `GET /applications/{applicationId}`: what became of an application, and on which grounds. */
export async function handler(
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> {
  const applicationId = event.pathParameters?.['applicationId'];
  if (!isApplicationId(applicationId)) return notFound();
  const deadline = deadlineOf(context, reserveMs);
  const versions = await readVersions(dynamo, environment.DECISIONS_TABLE, applicationId, deadline);
  if (versions) return answer(200, statusOf(applicationId, versions));
  const received = await isReceived(applicationId, deadline);
  return received ? answer(200, { applicationId, status: 'received' }) : notFound();
}

/** The latest version holds; the model's, and every one between, stay on record. */
function statusOf(applicationId: string, { first, later }: Versions) {
  const reviews = later.length > 0 ? { reviews: later } : {};
  return { applicationId, status: later.at(-1)?.outcome ?? first.outcome, decision: first, ...reviews };
}

async function isReceived(applicationId: string, { signal }: Deadline): Promise<boolean> {
  const Key = { applicationId: { S: applicationId } };
  const { Item } = await dynamo.send(
    new GetItemCommand({ TableName: environment.APPLICATIONS_TABLE, Key, ConsistentRead: true }),
    { abortSignal: signal },
  );
  return Item !== undefined;
}

function notFound(): APIGatewayProxyStructuredResultV2 {
  const remedy = 'give the id of an application that was received';
  return refuse(refusalOf(404, 'not-found', 'applicationId', 'is not known', remedy));
}
