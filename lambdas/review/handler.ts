import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { loggableFields } from '../patterns/application/validate.ts';
import { dynamoClient, kmsClient, sfnClient } from '../patterns/clients/clients.ts';
import { derivedKey, once } from '../patterns/derived-key/derived-key.ts';
import { answer, Refusal, refusalOf, refuse } from '../patterns/http/answer.ts';
import { type Deadline, deadlineOf } from '../patterns/resilience/deadline.ts';
import type { Reviewer } from '../patterns/review/case.ts';
import { desk } from '../patterns/review/desk.ts';
import { openKnownCase } from '../patterns/review/open-case.ts';
import { modelPeople } from '../patterns/review/parties.ts';
import { actOf, knownCaseOf, type ReviewRequest, requestFields, reviewerOf } from '../patterns/review/request.ts';
import { dynamoReviewers } from '../patterns/review/reviewers.ts';
import { CaseChanged, dynamoCases } from '../patterns/review/store.ts';
import { startWorkflow, tellWorkflow } from '../patterns/review/workflow.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to answer. Milliseconds. */
const reserveMs = 500;

const { settings, ...environment } = parseEnvironment();
const logger = new Logger();
const dynamo = dynamoClient();
const kms = kmsClient();
const sfn = sfnClient();
const now = () => new Date();
const cases = dynamoCases(dynamo, environment.CASES_TABLE);
const reviewers = dynamoReviewers(dynamo, environment.REVIEWERS_TABLE);
const { queue, read, act } = desk({
  cases,
  policy: settings.review,
  approvalKey: once((deadline) => derivedKey(kms, environment.APPROVAL_KEY_ID, 'approval/v1', deadline)),
  changed: (after, before, deadline) => tellWorkflow(sfn, after, before, deadline),
  now,
});

/** The routes of the review API, for whoever the API's authoriser let in. */
export async function handler(event: ReviewRequest, context: Context): Promise<APIGatewayProxyStructuredResultV2> {
  const deadline = deadlineOf(context, reserveMs);
  const reviewer = reviewerOf(event);
  try {
    await reviewers.seen(reviewer.id, now(), deadline);
    return answer(200, await route(event, reviewer, deadline));
  } catch (error) {
    const refusal = refusalFor(error);
    const fields = loggableFields(refusal.fields, requestFields);
    logger.info('refused', { route: event.routeKey, code: refusal.code, fields });
    return refuse(refusal);
  }
}

async function route(event: ReviewRequest, reviewer: Reviewer, deadline: Deadline): Promise<unknown> {
  const caseId = event.pathParameters?.['caseId'] ?? '';
  if (event.routeKey === 'GET /reviewer') return { groups: reviewer.groups };
  if (event.routeKey === 'GET /reviews') return { cases: await queue(reviewer, deadline) };
  if (event.routeKey === 'POST /known-cases') return insertKnownCase(event, reviewer, deadline);
  if (event.routeKey === 'GET /reviews/{caseId}') return read(caseId, reviewer, deadline);
  return act(caseId, actOf(event), reviewer, deadline);
}

/** Puts a closed case into the queue again, under an id of its own, with the verdict that is right. */
async function insertKnownCase(event: ReviewRequest, reviewer: Reviewer, deadline: Deadline) {
  if (!reviewer.groups.includes(settings.oversightGroup)) {
    throw refusalOf(403, 'not-oversight', 'reviewer', 'may not insert cases', `be in ${settings.oversightGroup}`);
  }
  const { caseId, verdict } = knownCaseOf(event);
  const stored = await cases.read(caseId, deadline);
  if (stored?.reviewed.state !== 'closed') {
    throw refusalOf(409, 'not-closed', 'caseId', 'is not a closed case', 'give the id of a case that is closed');
  }
  const { review, referral } = settings;
  const options = {
    cases,
    startWorkflow: startWorkflow(sfn, environment.WORKFLOW_ARN),
    review,
    referral,
    modelPeople: modelPeople(dynamo, environment.STAGES_TABLE),
    now,
  };
  const decision = { ...stored.reviewed.decision, applicationId: randomUUID() };
  return { caseId: await openKnownCase(decision, verdict, deadline, options) };
}

/** @throws whatever is a fault of ours */
function refusalFor(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof CaseChanged) return refusalOf(409, 'busy', 'case', 'is being changed', 'look at it again');
  throw error;
}
