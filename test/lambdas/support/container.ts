import { fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleHandlers } from '../../../scripts/bundle.ts';
import { root } from '../../../scripts/root.ts';
import type { Invocation, Result } from './runtime.ts';

/** A bundled handler in a process of its own, far from any `node_modules`. */
export interface Container {
  invoke(event: unknown, remainingMs?: number): Promise<Result>;
  /** Everything that it has printed so far, on both streams. */
  output(): string;
  close(): Promise<void>;
}

/** Starts a container with an environment that has nothing of this process's. */
export async function startContainer(name: string, env: Readonly<Record<string, string>>): Promise<Container> {
  await bundleHandlers();
  const folder = await mkdtemp(path.join(tmpdir(), 'seaworthy-handler-'));
  const bundle = path.join(folder, 'index.mjs');
  await copyFile(path.join(root, 'dist/handlers', name, 'index.mjs'), bundle);
  const runtime = fileURLToPath(new URL('runtime.ts', import.meta.url));
  const child = fork(runtime, [bundle], { cwd: folder, env, execArgv: [], silent: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [first] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as unknown[];
  if (first !== 'ready') throw new Error(`the handler ${name} did not start:\n${output}`);
  return {
    output: () => output,
    invoke: async (event, remainingMs = 60_000) => {
      child.send({ event, remainingMs } satisfies Invocation);
      const [result] = (await once(child, 'message')) as [Result];
      return result;
    },
    close: async () => {
      // The streams are read to their end: what was printed last counts too.
      const closed = once(child, 'close');
      child.kill();
      await closed;
      await rm(folder, { recursive: true });
    },
  };
}
