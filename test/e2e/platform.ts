import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { credentials, region } from '../../local/start/aws.ts';
import type { Report } from '../../local/start/report.ts';
import { root } from '../../scripts/root.ts';

export { request } from '../../local/start/request.ts';

/** The whole platform on this machine, as `npm start` brings it up. */
export interface Platform {
  readonly report: Report;
  /** Process id of the command. */
  readonly pid: number;
  /** Outputs of all stacks, by name. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Ends it as Ctrl-C does. @returns its exit code */
  interrupt(): Promise<number | null>;
}

/** Has the embedded cloud hold every role to its policies. */
export const withRights = { AUTH: 'true' } as const;

/**
 * Starts the platform on the committed sample of real loans and waits for its report.
 *
 * @param environment variables beside those of this process
 */
export async function startPlatform(
  applications: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<Platform> {
  const folder = await mkdtemp(path.join(tmpdir(), 'seaworthy-e2e-'));
  const reportFile = path.join(folder, 'report.json');
  const options = [
    '--applications',
    String(applications),
    '--data',
    'test/data/loans-sample.csv',
    '--report',
    reportFile,
  ];
  const child = spawn(process.execPath, ['local/start/main.ts', ...options], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const report = await waitForReport(child, reportFile, () => output);
  await rm(folder, { recursive: true });
  return {
    report,
    pid: child.pid as number,
    outputs: await outputsOf(report.addresses.cloud),
    interrupt: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null) return resolve(child.exitCode);
        child.once('exit', resolve);
        child.kill('SIGINT');
      }),
  };
}

async function waitForReport(child: ChildProcess, file: string, output: () => string): Promise<Report> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}:\n${output()}`);
    // The file appears before it is whole.
    const report = existsSync(file) ? parsed(await readFile(file, 'utf8')) : undefined;
    if (report) return report;
    await sleep(200);
  }
}

function parsed(text: string): Report | undefined {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return undefined;
  }
}

async function outputsOf(endpoint: string): Promise<Record<string, string>> {
  const { Stacks = [] } = await new CloudFormationClient({ endpoint, region, credentials }).send(
    new DescribeStacksCommand({}),
  );
  return Object.fromEntries(
    Stacks.flatMap(({ Outputs = [] }) => Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])),
  );
}

/** The processes that descend from one, itself included, by what the kernel says of their parents. */
export async function descendants(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const below = await Promise.all(
    children
      .trim()
      .split(' ')
      .filter(Boolean)
      .map((child) => descendants(Number(child))),
  );
  return [pid, ...below.flat()];
}
