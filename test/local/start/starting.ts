import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A real `npm start`, as a process. */
export interface Started {
  readonly child: ChildProcess;
  /** Resolves when it has printed a text. Rejects if it ends before. */
  printed(text: string): Promise<void>;
  /** Resolves with what it has printed and its exit code when it has ended. */
  readonly ended: Promise<{ readonly output: string; readonly code: number | null }>;
}

export function startMain(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Started {
  const child = spawn(process.execPath, ['local/start/main.ts', ...args], { cwd: root, env });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  let over = false;
  const ended = new Promise<{ output: string; code: number | null }>((resolve) => {
    child.once('close', (code) => {
      over = true;
      resolve({ output, code });
    });
  });
  const printed = async (text: string) => {
    while (!output.includes(text)) {
      if (over) throw new Error(`ended without "${text}":\n${output}`);
      await sleep(50);
    }
  };
  return { child, printed, ended };
}

/** A folder that is removed at the end of the test. */
export function temporaryFolder(onTestFinished: (clean: () => void) => void): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'seaworthy-start-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return folder;
}

/** The processes that name a folder in their arguments or their environment, with their command lines. */
export function processesOf(folder: string): { pid: number; line: string }[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    const read = (name: string) => {
      try {
        return readFileSync(`/proc/${pid}/${name}`, 'utf8').replaceAll('\0', ' ').trim();
      } catch {
        // It has ended, or is another user's.
        return '';
      }
    };
    const line = read('cmdline');
    return `${line} ${read('environ')}`.includes(folder) ? [{ pid: Number(pid), line }] : [];
  });
}

/** Waits for the last of them to end. */
export async function noProcessOf(folder: string): Promise<void> {
  while (processesOf(folder).length > 0) await sleep(50);
}
