import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** What became of a command. */
export interface Outcome {
  /** Exit code; a command ended by a signal has 128. */
  readonly code: number;
  readonly seconds: number;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** File that takes stdout and stderr; @default - they go to this process's own. */
  readonly log?: string;
}

/** Runs a command to its end. Rejects only if it can't be started at all. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', options.log ? 'pipe' : 'inherit', options.log ? 'pipe' : 'inherit'],
    });
    if (options.log) {
      const file = createWriteStream(options.log);
      child.stdout?.pipe(file, { end: false });
      child.stderr?.pipe(file, { end: false });
      child.once('close', () => file.end());
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 128, seconds: (performance.now() - started) / 1000 }));
  });
}
