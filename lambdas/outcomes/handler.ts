import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { loggableFields } from '../patterns/application/validate.ts';
import { isCanary } from '../patterns/canary/canary.ts';
import { dynamoClient, retries } from '../patterns/clients/clients.ts';
import type { Decision } from '../patterns/decision/decision.ts';
import { readDecision } from '../patterns/decision/store.ts';
import { answer, Refusal, refusalOf, refuse } from '../patterns/http/answer.ts';
import { groupsOfDecision, outcomeEvent } from '../patterns/online-features/events.ts';
import { countingWrites } from '../patterns/online-features/write.ts';
import { type Outcome, outcomeForm } from '../patterns/outcome/outcome.ts';
import { outcomeOf } from '../patterns/outcome/request.ts';
import { type OutcomeVersion, readOutcome, recordOutcome, versionOf } from '../patterns/outcome/store.ts';
import { type Deadline, deadlineOf } from '../patterns/resilience/deadline.ts';
import { realSurroundings } from '../patterns/resilience/surroundings.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to answer. Milliseconds. */
const reserveMs = 500;

const logger = new Logger();
const metrics = new Metrics();
const environment = parseEnvironment();
const dynamo = dynamoClient();
const store = { dynamo, table: environment.OUTCOMES_TABLE };

/** `POST /outcomes`: how a loan ended. 201 records a version, 200 finds the same one recorded before. */
export async function handler(
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> {
  try {
    return await receive(event, deadlineOf(context, reserveMs));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    metrics.addMetric(error.status === 409 ? 'OutcomesContradicted' : 'OutcomesRefused', MetricUnit.Count, 1);
    logger.info('refused', { code: error.code, fields: loggableFields(error.fields, outcomeForm.fields) });
    return refuse(error);
  } finally {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  }
}

async function receive(event: APIGatewayProxyEventV2, deadline: Deadline): Promise<APIGatewayProxyStructuredResultV2> {
  const now = new Date();
  const outcome = outcomeOf(event, now);
  const decision = await decisionOf(outcome, deadline);
  const made = versionOf(outcome, now);
  const also = await counting(made, decision, deadline);
  const options = { budget: retries, deadline, attempts: 5, surroundings: realSurroundings };
  const { version, first } = await recordOutcome(store, made, also, options);
  if (first) metrics.addMetric(version === 1 ? 'OutcomesRecorded' : 'OutcomesCorrected', MetricUnit.Count, 1);
  return answer(first ? 201 : 200, { applicationId: outcome.applicationId, version, status: 'recorded' });
}

/** The writes that count an outcome for the online features; none if its application belongs to the history. */
async function counting(made: OutcomeVersion, decision: Decision, deadline: Deadline): Promise<TransactWriteItem[]> {
  if (decision.submittedAt < environment.FEATURES_SINCE) return [];
  const versions = made.version > 1 ? await readOutcome(store, made.applicationId, deadline) : [];
  const corrected = versions.find(({ version }) => version === made.version - 1);
  return countingWrites(environment.FEATURES_TABLE, [outcomeEvent(made, corrected, groupsOfDecision(decision))]);
}

/** @throws Refusal 404 unless the application was decided, 400 if its outcome is older than the application */
async function decisionOf({ applicationId, occurredAt }: Outcome, deadline: Deadline): Promise<Decision> {
  const decision = await readDecision(dynamo, environment.DECISIONS_TABLE, applicationId, deadline);
  // A canary is no loan.
  if (!decision || isCanary(applicationId)) {
    const remedy = 'give the id of an application that was decided';
    throw refusalOf(404, 'not-found', 'applicationId', 'is not known', remedy);
  }
  if (occurredAt < decision.submittedAt) {
    const remedy = 'give a day from the day of the application on';
    throw refusalOf(400, 'invalid', 'occurredAt', 'is before the application', remedy);
  }
  return decision;
}
