import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { dynamoClient } from '../patterns/clients/clients.ts';
import { readDecision } from '../patterns/decision/store.ts';
import { answer, Refusal, refuse } from '../patterns/http/answer.ts';
import { parseEnvironment } from './environment.ts';

const environment = parseEnvironment();
const dynamo = dynamoClient();

/** `GET /applications/{applicationId}`: what became of an application, and on which grounds. */
export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const applicationId = event.pathParameters?.['applicationId'];
  if (!applicationId) return refuse(notFound());
  const decision = await readDecision(dynamo, environment.DECISIONS_TABLE, applicationId);
  if (decision) return answer(200, { applicationId, status: decision.outcome, decision });
  return (await isReceived(applicationId)) ? answer(200, { applicationId, status: 'received' }) : refuse(notFound());
}

async function isReceived(applicationId: string): Promise<boolean> {
  const { Item } = await dynamo.send(
    new GetItemCommand({ TableName: environment.APPLICATIONS_TABLE, Key: { applicationId: { S: applicationId } } }),
  );
  return Item !== undefined;
}

function notFound(): Refusal {
  const problem = 'is not the id of an application that was received';
  return new Refusal(404, 'not-found', `applicationId ${problem}`, [{ field: 'applicationId', problem }]);
}
