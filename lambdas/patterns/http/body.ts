import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { refusalOf } from './answer.ts';

/**
 * The JSON document in a request's body.
 *
 * @param maximumBytes largest body, in bytes of UTF-8
 * @throws Refusal 413, 415 or 400, which never repeats a value
 */
export function jsonBody(event: APIGatewayProxyEventV2, maximumBytes: number): unknown {
  const type = event.headers?.['content-type'] ?? 'application/json';
  if (!/^\s*application\/json\s*(;|$)/i.test(type)) {
    throw refusalOf(415, 'unsupported-media-type', 'content-type', 'is not supported', 'give application/json');
  }
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > maximumBytes) {
    throw refusalOf(413, 'too-large', '(body)', 'is too large', `give at most ${maximumBytes} bytes`);
  }
  return parse(bytes);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw refusalOf(400, 'malformed', '(body)', 'is not JSON', 'give one JSON object in UTF-8');
  }
}
