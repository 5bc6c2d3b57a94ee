import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';
import { problemsOf } from '../application/validate.ts';
import { Refusal, refusalOf } from '../http/answer.ts';
import { jsonBody } from '../http/body.ts';
import { maximumBytes, type Outcome, outcomeForm, outcomeSchema } from './outcome.ts';

/**
 * The outcome in a request's body.
 *
 * @throws Refusal 413, 415 or 400, which names the fields at fault and never repeats a value
 */
export function outcomeOf(event: APIGatewayProxyEventV2, now: Date): Outcome {
  const result = v.safeParse(outcomeSchema, jsonBody(event, maximumBytes));
  if (!result.success) throw new Refusal(400, 'invalid', problemsOf(result.issues, outcomeForm));
  // Knowledge of tomorrow would reach the decisions of today's replays.
  if (result.output.knownAt > now.toISOString().slice(0, 10)) {
    throw refusalOf(400, 'invalid', 'knownAt', 'is in the future', 'give a day up to today, in UTC');
  }
  return result.output;
}
