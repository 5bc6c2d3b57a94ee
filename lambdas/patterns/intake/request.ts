import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Application, maximumBytes } from '../application/application.ts';
import { validate } from '../application/validate.ts';
import { Refusal, refusalOf } from '../http/answer.ts';

/**
 * The application in a request's body.
 *
 * @throws Refusal 413, 415 or 400, which names the fields at fault and never repeats a value
 */
export function applicationOf(event: APIGatewayProxyEventV2, now: Date): Application {
  const type = event.headers?.['content-type'] ?? 'application/json';
  if (!/^\s*application\/json\s*(;|$)/i.test(type)) {
    throw refusalOf(415, 'unsupported-media-type', 'content-type', 'is not supported', 'give application/json');
  }
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > maximumBytes) {
    throw refusalOf(413, 'too-large', '(body)', 'is too large', `give at most ${maximumBytes} bytes`);
  }
  const checked = validate(parse(bytes), now.toISOString().slice(0, 10));
  if (checked.ok) return checked.application;
  throw new Refusal(400, 'invalid', checked.problems);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw refusalOf(400, 'malformed', '(body)', 'is not JSON', 'give one JSON object in UTF-8');
  }
}
