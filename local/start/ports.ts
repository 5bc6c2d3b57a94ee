import { createServer } from 'node:net';

/** Takes a port of the loopback address for a moment, 0 for any that is free. @returns the port */
function tryPort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address && typeof address === 'object' ? address.port : port));
    });
  });
}

/** A port of the loopback address that is free now. */
export function freePort(): Promise<number> {
  return tryPort(0);
}

/** Why a port can't be listened on, in a sentence for the user; undefined if it can. */
export async function portProblem(port: number): Promise<string | undefined> {
  try {
    await tryPort(port);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'is taken by another process' : `can't be used (${message})`;
    return `Port ${port} ${why}: give another one by --port, or none to take a free one.`;
  }
}
