import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sendApplications } from '../../../local/start/sender.ts';
import { temporaryFolder } from './starting.ts';

interface Seen {
  readonly id: string;
  readonly headers: IncomingMessage['headers'];
}

/** An API whose answer a test decides on. @returns its address and the requests it has seen */
async function api(answer: (id: string, attempt: number) => [status: number, body: unknown]) {
  const seen: Seen[] = [];
  let inFlight = 0;
  let most = 0;
  const server = createServer(async (request, response) => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    const { applicationId: id } = JSON.parse(await new Response(request).text()) as { applicationId: string };
    seen.push({ id, headers: request.headers });
    const [status, body] = answer(id, seen.filter((one) => one.id === id).length);
    setTimeout(() => {
      inFlight -= 1;
      response.writeHead(status).end(JSON.stringify(body));
    }, 5);
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address && typeof address === 'object' ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/_aws/execute-api/a/$default/applications`, seen, most: () => most };
}

function applications(...ids: readonly string[]): string {
  const file = path.join(temporaryFolder(onTestFinished), 'applications.jsonl');
  writeFileSync(file, ids.map((applicationId) => `${JSON.stringify({ applicationId })}\n`).join(''));
  return file;
}

const never = new AbortController().signal;
const ids = Array.from({ length: 40 }, (_, index) => `a${index}`);

test('all are sent, signed, in order and a few at a time', async () => {
  const { url, seen, most } = await api(() => [202, {}]);
  const sent = await sendApplications(applications(...ids), { url, concurrency: 4, signal: never });
  expect(sent.sent).toBe(40);
  expect([...sent.accepted].toSorted()).toEqual(ids.toSorted());
  expect(sent.answerMs).toHaveLength(40);
  expect(most()).toBe(4);
  // Four are on their way at once: none can overtake more than that.
  for (const [index, { id }] of seen.entries()) expect(Math.abs(ids.indexOf(id) - index)).toBeLessThanOrEqual(4);
  expect(seen[0]?.headers['authorization']).toMatch(
    /^AWS4-HMAC-SHA256 Credential=operator\/\d{8}\/eu-west-2\/execute-api\/aws4_request, SignedHeaders=.*host/,
  );
});

test('rejections are counted by the first field and its problem', async () => {
  const fields = [
    { field: 'state', problem: 'is missing' },
    { field: 'zip', problem: 'must be five digits' },
  ];
  const { url, seen } = await api((id) => {
    if (id === 'big') return [413, { error: { code: 'too-large' } }];
    return id === 'good' ? [202, {}] : [400, { error: { code: 'invalid', fields } }];
  });
  const sent = await sendApplications(applications('bad', 'good', 'worse', 'big'), { url, signal: never });
  expect([...sent.accepted]).toEqual(['good']);
  expect(sent.rejected).toBe(3);
  expect(sent.rejectedByReason).toEqual({ 'state is missing': 2, 'too-large': 1 });
  expect(seen).toHaveLength(4);
});

test('a failure of the API is tried again, and what had got in nevertheless counts as accepted', async () => {
  const { url } = await api((id, attempt) => {
    if (attempt === 1) return [500, {}];
    return id === 'in' ? [409, { error: { code: 'duplicate' } }] : [202, {}];
  });
  const sent = await sendApplications(applications('in', 'out'), { url, signal: never });
  expect([...sent.accepted].toSorted()).toEqual(['in', 'out']);
  expect(sent.rejected).toBe(0);
});

test('a duplicate that was not sent before is a rejection', async () => {
  const { url } = await api(() => [
    409,
    { error: { code: 'duplicate', fields: [{ field: 'applicationId', problem: 'is taken' }] } },
  ]);
  const sent = await sendApplications(applications('twice'), { url, signal: never });
  expect(sent.rejectedByReason).toEqual({ 'applicationId is taken': 1 });
});

test.each([
  [503, {}, 'HTTP 503 {}.'],
  [403, { message: 'Forbidden' }, 'HTTP 403 {"message":"Forbidden"}.'],
])('an API that goes on answering %i is named, not taken for a rejection', async (status, body, told) => {
  const { url, seen } = await api(() => [status, body]);
  await expect(sendApplications(applications('a'), { url, signal: never })).rejects.toThrow(
    `has not answered an application in 4 attempts: ${told}`,
  );
  expect(seen).toHaveLength(4);
});
