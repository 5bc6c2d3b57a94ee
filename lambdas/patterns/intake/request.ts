import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Application, maximumBytes } from '../application/application.ts';
import { validate } from '../application/validate.ts';
import { Refusal } from '../http/answer.ts';

/**
 * The application in a request's body.
 *
 * @throws Refusal 413, 415 or 400, which names the fields at fault and never repeats a value
 */
export function applicationOf(event: APIGatewayProxyEventV2, now: Date): Application {
  const type = event.headers?.['content-type'] ?? 'application/json';
  if (!/^application\/json\b/i.test(type)) {
    const problem = 'must be application/json';
    throw new Refusal(415, 'unsupported-media-type', `content-type ${problem}`, [{ field: 'content-type', problem }]);
  }
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > maximumBytes) {
    const problem = `must have at most ${maximumBytes} bytes, has ${bytes.length}`;
    throw new Refusal(413, 'too-large', `the body ${problem}`, [{ field: '(body)', problem }]);
  }
  const checked = validate(parse(bytes), now.toISOString().slice(0, 10));
  if (checked.ok) return checked.application;
  const first = checked.problems[0];
  throw new Refusal(400, 'invalid', `${first?.field} ${first?.problem}`, checked.problems);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    const problem = 'must be one JSON object in UTF-8';
    throw new Refusal(400, 'malformed', `the body ${problem}`, [{ field: '(body)', problem }]);
  }
}
