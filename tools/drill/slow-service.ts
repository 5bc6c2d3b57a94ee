import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A service between a caller and another one, on loopback. */
export interface SlowService {
  readonly address: string;
  /** Sets how much later each answer is given. Milliseconds. */
  delayBy(ms: number): void;
  stop(): Promise<void>;
}

/** Passes requests on to a service, and gives each answer later than it came. */
export async function slowService(target: string, byMs: number): Promise<SlowService> {
  let delayMs = byMs;
  const server = createServer((incoming, outgoing) => {
    passOn(target, () => delayMs, incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delayBy: (ms) => {
      delayMs = ms;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function passOn(target: string, delayMs: () => number, incoming: IncomingMessage, outgoing: ServerResponse) {
  const { host: _, ...headers } = incoming.headers;
  const url = new URL(`${target.replace(/\/$/, '')}${incoming.url ?? '/'}`);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    incoming.pipe(request(url, { method: incoming.method, headers }, resolve).on('error', reject));
  });
  await sleep(delayMs());
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  answer.pipe(outgoing);
}
