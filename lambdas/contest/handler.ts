import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import * as v from 'valibot';
import { isApplicationId } from '../patterns/application/application.ts';
import { dynamoClient, sfnClient } from '../patterns/clients/clients.ts';
import { answer, Refusal, refusalOf, refuse } from '../patterns/http/answer.ts';
import { jsonBody } from '../patterns/http/body.ts';
import { type Deadline, deadlineOf } from '../patterns/resilience/deadline.ts';
import { longestStatement } from '../patterns/review/case.ts';
import { readVersions } from '../patterns/review/held-decision.ts';
import { openContest } from '../patterns/review/open-case.ts';
import { modelPeople } from '../patterns/review/parties.ts';
import { dynamoCases } from '../patterns/review/store.ts';
import { startWorkflow } from '../patterns/review/workflow.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to answer. Milliseconds. */
const reserveMs = 500;
/** Largest body, in bytes of UTF-8. */
const maximumBytes = 16 * 1024;

const { settings, ...environment } = parseEnvironment();
const dynamo = dynamoClient();
const options = {
  cases: dynamoCases(dynamo, environment.CASES_TABLE),
  startWorkflow: startWorkflow(sfnClient(), environment.WORKFLOW_ARN),
  ...settings,
  modelPeople: modelPeople(dynamo, environment.STAGES_TABLE),
  now: () => new Date(),
};

const contest = v.strictObject({
  statement: v.pipe(
    v.string('give a string'),
    v.maxLength(longestStatement, `give at most ${longestStatement} characters`),
  ),
});

/**
 * `POST /decisions/{applicationId}/contest`: a decision goes to a person who had no part in it, with what the
 * applicant has to say. While a contest is open, another one is the same.
 */
export async function handler(
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> {
  try {
    return answer(202, { caseId: await receive(event, deadlineOf(context, reserveMs)), status: 'contested' });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refuse(error);
  }
}

async function receive(event: APIGatewayProxyEventV2, deadline: Deadline): Promise<string> {
  const statement = statementOf(event);
  const applicationId = event.pathParameters?.['applicationId'];
  if (!isApplicationId(applicationId)) throw unknown();
  const versions = await readVersions(dynamo, environment.DECISIONS_TABLE, applicationId, deadline);
  if (!versions) throw unknown();
  return openContest(versions.first, statement, deadline, options);
}

function statementOf(event: APIGatewayProxyEventV2): string {
  const { success, output } = v.safeParse(contest, jsonBody(event, maximumBytes));
  if (success) return output.statement;
  const remedy = `give {"statement": "..."} of at most ${longestStatement} characters`;
  throw refusalOf(400, 'invalid', 'statement', 'is not right', remedy);
}

function unknown(): Refusal {
  const remedy = 'give the id of an application that was decided';
  return refusalOf(404, 'not-found', 'applicationId', 'has no decision', remedy);
}
