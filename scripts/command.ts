import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment of the command; @default - that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** File that the output is appended to. */
  readonly log?: string;
  /** Ends the command and all that it has started. */
  readonly signal?: AbortSignal;
  /** Called with each line of stderr. */
  onLine?(line: string): void;
}

export interface CommandResult {
  /** Exit code; 128 if a signal ended it, 127 if it could not be started. */
  readonly code: number;
  readonly stdout: string;
  /** The last lines of stderr, for the reason of a failure. */
  readonly stderr: readonly string[];
}

const linesKept = 200;
/** Time for a command to end by itself when it is asked to. */
const graceMs = 2_000;

/** Runs a command to its end and hands back what it said. Never rejects: a command that can't be started has code 127. */
export async function command(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const child = spawn(file, args, {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own can be ended as a whole; without a signal to end it, it stays in the terminal's group.
    detached: options.signal !== undefined,
  });
  const stop = () => void endGroup(child, graceMs);
  options.signal?.addEventListener('abort', stop);
  const stdout: Buffer[] = [];
  const stderr: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  createInterface({ input: child.stderr }).on('line', (line) => {
    stderr.push(line);
    if (stderr.length > linesKept) stderr.shift();
    options.onLine?.(line);
  });
  const { log } = options;
  if (log !== undefined) {
    // Written at once: who reads of a failure finds its reason there.
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => appendFileSync(log, chunk));
  }
  const code = await new Promise<number>((resolve) => {
    child.once('error', (error) => {
      stderr.push(error.message);
      resolve(127);
    });
    child.once('close', (exitCode) => resolve(exitCode ?? 128));
  });
  options.signal?.removeEventListener('abort', stop);
  return { code, stdout: Buffer.concat(stdout).toString(), stderr };
}

/** Asks a process group to end, and ends it if it does not in time. Resolves when its leader is gone. */
export async function endGroup(child: ChildProcess, withinMs: number): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  signalGroup(child.pid, 'SIGTERM');
  const force = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), withinMs);
  await gone;
  clearTimeout(force);
  // What the leader has left behind did not heed the request.
  signalGroup(child.pid, 'SIGKILL');
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // The group ended between the check and the call.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
