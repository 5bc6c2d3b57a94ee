import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { dynamoClient } from '../patterns/clients/clients.ts';
import { deadlineOf } from '../patterns/resilience/deadline.ts';
import { type Plan, planOf } from '../patterns/review/ladder.ts';
import { dynamoCases } from '../patterns/review/store.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to say what failed. Milliseconds. */
const reserveMs = 500;

const { settings, CASES_TABLE } = parseEnvironment();
const logger = new Logger();
const cases = dynamoCases(dynamoClient(), CASES_TABLE);

/** Brings a case to where it has to be by the clock, and says how long to wait for a person. */
export async function handler({ caseId }: { readonly caseId: string }, context: Context): Promise<Plan> {
  const deadline = deadlineOf(context, reserveMs);
  const stored = await cases.read(caseId, deadline);
  if (!stored) throw new Error(`there is no case ${caseId}`);
  const { reviewed, plan } = planOf(stored.reviewed, new Date(), settings.review);
  if (reviewed !== stored.reviewed) {
    await cases.replace({ reviewed, taskToken: null }, deadline);
    logger.info('moved', { caseId, level: reviewed.level, state: reviewed.state });
  }
  return plan;
}
