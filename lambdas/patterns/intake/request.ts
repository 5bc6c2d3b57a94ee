import type { APIGatewayProxyEventV2, APIGatewayProxyEventV2WithIAMAuthorizer } from 'aws-lambda';
import { type Application, maximumBytes } from '../application/application.ts';
import { validate } from '../application/validate.ts';
import { Refusal } from '../http/answer.ts';
import { jsonBody } from '../http/body.ts';

/**
 * The application in a request's body.
 *
 * @throws Refusal 413, 415 or 400, which names the fields at fault and never repeats a value
 */
export function applicationOf(event: APIGatewayProxyEventV2, now: Date): Application {
  const checked = validate(jsonBody(event, maximumBytes), now.getTime());
  if (checked.ok) return checked.application;
  throw new Refusal(400, 'invalid', checked.problems);
}

/** Who signed the request, as `aws:userid`; undefined where the API let in somebody without a signature. */
export function requesterOf(
  event: APIGatewayProxyEventV2 | APIGatewayProxyEventV2WithIAMAuthorizer,
): string | undefined {
  const { requestContext } = event as Partial<APIGatewayProxyEventV2WithIAMAuthorizer>;
  return requestContext?.authorizer?.iam?.userId;
}
