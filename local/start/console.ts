import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import securityHeaders from '../../console/security-headers.json' with { type: 'json' };
import { Failure } from './failure.ts';

/** The console, served on loopback. */
export interface ConsoleServer {
  readonly address: string;
  stop(): void;
}

export interface ConsoleOptions {
  /** Folder of the built page. */
  readonly folder: string;
  /** Endpoint of the embedded cloud, which has the sign-in. */
  readonly cloud: string;
  /** Address of the review API, its stage included. */
  readonly api: string;
  readonly clientId: string;
  /** Public key of the audit trail, as text. */
  readonly auditKey: string;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/**
 * Serves the console as CloudFront does: the page, the API below `/api`, and the headers that keep the page to itself.
 * The sign-in is at the same address too, where on AWS it has a domain of its own.
 */
export async function serveConsole({ folder, cloud, api, clientId, auditKey }: ConsoleOptions): Promise<ConsoleServer> {
  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname.startsWith('/api/')) return forward(request, response, `${api}${pathname.slice(4)}${search}`);
    if (/^\/(oauth2\/\w+|login|logout)$/.test(pathname)) {
      return forward(request, response, `${cloud}${pathname}${search}`);
    }
    if (pathname === '/config.json') return answer(response, 200, types['.js'] ?? '', configuration);
    return page(folder, pathname, response);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const listening = server.address();
  if (!listening || typeof listening !== 'object') throw new Failure('The console has no address to be served at.');
  const address = `http://127.0.0.1:${listening.port}/`;
  const configuration = JSON.stringify({ signIn: address.replace(/\/$/, ''), clientId, auditKey });
  return {
    address,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The file of a path, or the page itself. */
async function page(folder: string, pathname: string, response: ServerResponse): Promise<void> {
  const file = path.join(folder, path.normalize(pathname === '/' ? '/index.html' : pathname));
  try {
    answer(response, 200, types[path.extname(file)] ?? 'application/octet-stream', await readFile(file));
  } catch {
    answer(response, 404, 'text/plain; charset=utf-8', 'Not found\n');
  }
}

function answer(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  const policy = { 'content-security-policy': securityHeaders['content-security-policy'].replace('{signIn}', '') };
  response.writeHead(status, { ...securityHeaders, ...policy, 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}

/** Passes a request on, and its answer back. */
async function forward(request: IncomingMessage, response: ServerResponse, to: string): Promise<void> {
  const { authorization, 'content-type': type } = request.headers;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const answered = await fetch(to, {
    method: request.method ?? 'GET',
    headers: { ...(authorization && { authorization }), ...(type && { 'content-type': type }) },
    redirect: 'manual',
    ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
  });
  const location = answered.headers.get('location');
  response.writeHead(answered.status, {
    'content-type': answered.headers.get('content-type') ?? 'text/plain',
    'cache-control': 'no-store',
    ...(location && { location }),
  });
  response.end(Buffer.from(await answered.arrayBuffer()));
}
