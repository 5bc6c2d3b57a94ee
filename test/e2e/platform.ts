import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The part of the report that these tests read. */
export interface Report {
  readonly applications: Readonly<
    Record<'sent' | 'accepted' | 'rejected' | 'decided' | 'lost' | 'decidedTwice', number>
  >;
  readonly decisions: Readonly<Record<'approved' | 'declined' | 'referred', number>>;
  readonly quality: Readonly<
    Record<'model' | 'scorecard' | 'policy', Readonly<Record<'auc' | 'brier' | 'error' | 'cost', number>>>
  >;
  readonly stacks: Readonly<Record<string, string>>;
  readonly audit: { readonly objects: number };
  readonly addresses: { readonly cloud: string; readonly api: string; readonly page: string };
}

/** The whole platform on this machine, as `npm start` brings it up. */
export interface Platform {
  readonly report: Report;
  /** Everything that the command has printed so far. */
  output(): string;
  /** Ends it as Ctrl-C does. @returns its exit code. */
  interrupt(): Promise<number | null>;
}

/** Starts the platform on the committed sample of real loans and waits for its report. */
export async function startPlatform(applications: number): Promise<Platform> {
  const folder = await mkdtemp(path.join(tmpdir(), 'seaworthy-e2e-'));
  const reportPath = path.join(folder, 'report.json');
  const args = ['local/start/main.ts', '--applications', String(applications), '--report', reportPath];
  const child = spawn(process.execPath, [...args, '--data', 'test/data/loans-sample.csv'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const report = await waitForReport(child, reportPath, () => output);
  await rm(folder, { recursive: true });
  return {
    report,
    output: () => output,
    interrupt: () =>
      new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill('SIGINT');
      }),
  };
}

async function waitForReport(child: ChildProcess, file: string, output: () => string): Promise<Report> {
  while (!existsSync(file)) {
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}:\n${output()}`);
    await sleep(200);
  }
  return JSON.parse(await readFile(file, 'utf8')) as Report;
}
