import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A server on loopback, on a port of its own. */
export interface Server {
  readonly url: string;
  close(): Promise<void>;
}

/** An answer, or what goes wrong: `cut` closes the connection without one, `hang` never gives one. */
export type Reply =
  | {
      readonly status: number;
      readonly type: string;
      readonly body: string;
      readonly location?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | 'cut'
  | 'hang';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Starts a server that gives the replies of a function. What the function throws is answered as 500. */
export async function serve(reply: (request: Request) => Reply | Promise<Reply>): Promise<Server> {
  const server = createServer((message, response) => void answer(message, response, reply));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  message: IncomingMessage,
  response: ServerResponse,
  reply: Parameters<typeof serve>[0],
): Promise<void> {
  const { method = '', url = '', headers } = message;
  const body = await buffer(message).catch(() => undefined);
  // The sender gave up before its request was whole.
  if (!body) return;
  const result = await safely(() => reply({ method, path: url.split('?')[0] ?? '', headers, body }));
  if (result === 'hang') return;
  if (result === 'cut') {
    message.socket.destroy();
    return;
  }
  const { status, type, body: text, location, headers: more } = result;
  response.writeHead(status, { 'content-type': type, ...(location && { location }), ...more }).end(text);
}

async function safely(reply: () => Reply | Promise<Reply>): Promise<Reply> {
  try {
    return await reply();
  } catch (error) {
    return { status: 500, type: 'text/plain', body: String(error) };
  }
}
