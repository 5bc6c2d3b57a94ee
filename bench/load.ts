import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds from the time that a request was due to its answer, in ascending order. */
export type Latencies = readonly number[];

/**
 * Sends requests on so many connections, each the next one when it has its answer.
 *
 * @returns the number of answers
 * @throws Error if one is not 200: the speed of refusals is no figure
 */
export async function saturate(
  url: URL,
  bodies: readonly string[],
  connections: number,
  forMs: number,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const end = performance.now() + forMs;
  let sent = 0;
  const one = async () => {
    while (performance.now() < end) await post(url, bodies[sent++ % bodies.length] ?? '', agent);
  };
  await Promise.all(Array.from({ length: connections }, one));
  agent.destroy();
  return sent;
}

/**
 * Sends requests at a fixed rate, whether or not answers come: a server that stalls makes the later ones wait, and
 * that wait is counted.
 */
export async function paced(url: URL, bodies: readonly string[], perSecond: number, forMs: number): Promise<Latencies> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const count = Math.round((perSecond * forMs) / 1000);
  const begin = performance.now();
  const answers = Array.from({ length: count }, async (_, index) => {
    const due = begin + (index * 1000) / perSecond;
    await sleep(Math.max(0, due - performance.now()));
    // Timers may ring up to a millisecond early.
    const from = Math.min(due, performance.now());
    await post(url, bodies[index % bodies.length] ?? '', agent);
    return performance.now() - from;
  });
  const latencies = await Promise.all(answers);
  agent.destroy();
  return latencies.toSorted((a, b) => a - b);
}

/** @param share from 0 to 1 */
export function quantile(ascending: Latencies, share: number): number {
  const found = ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))];
  if (found === undefined) throw new Error('a quantile of no values');
  return found;
}

/** The body of the answer to a POST. @throws Error if it is not 200 */
export function post(url: URL, body: string, agent?: Agent): Promise<string> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, ...(agent && { agent }) }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(`${url.href} answered ${answer.statusCode}: ${text}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
