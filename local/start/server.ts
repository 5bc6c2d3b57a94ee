import { createServer } from 'node:http';
import { Failure } from './failure.ts';

/** Serves the run's report on loopback. */
export interface ReportServer {
  readonly address: string;
  /** Sets what is served: the page at `/`, the document at `/report.json`. */
  publish(page: string, report: string): void;
  stop(): void;
}

export async function serveReport(): Promise<ReportServer> {
  const contents = new Map<string, { type: string; body: string }>();
  const server = createServer((request, response) => {
    const found = contents.get(new URL(request.url ?? '/', 'http://localhost').pathname);
    response.writeHead(found ? 200 : 404, {
      'content-type': found?.type ?? 'text/plain; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'x-content-type-options': 'nosniff',
    });
    response.end(found?.body ?? 'Not found\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (!address || typeof address !== 'object') throw new Failure('The report has no address to be served at.');
  return {
    address: `http://127.0.0.1:${address.port}/`,
    publish: (page, report) => {
      contents.set('/', { type: 'text/html; charset=utf-8', body: page });
      contents.set('/report.json', { type: 'application/json', body: report });
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
