import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { type CommandResult, command } from '../../scripts/command.ts';
import { account, awsEnvironment, type Clients, region, withoutAws } from './aws.ts';
import type { Cloud } from './cloud.ts';
import { Failure } from './failure.ts';
import { root } from './folders.ts';
import { isComplete, parseOutputs, type StackOutputs } from './outputs.ts';
import type { Run } from './runs.ts';
import { say } from './say.ts';
import { together } from './together.ts';

/** Stacks that are deployed side by side, as far as they do not need each other. */
const concurrency = 3;

/** A deployment that says nothing for so long is stuck. */
const patienceMs = 300_000;

/** What a deployment has brought about. */
export interface Deployment {
  readonly outputs: StackOutputs;
  /** Status of each stack by its name. */
  readonly stacks: Readonly<Record<string, string>>;
}

/** An event of a resource, as a line of the CDK toolkit tells of it. */
export interface ResourceEvent {
  readonly stack: string;
  /** Such as `31/52`: resources that are done, of all. */
  readonly progress: string;
  readonly status: string;
  readonly type: string;
  /** The resource, and the reason of a failure. */
  readonly detail: string;
}

/** Reads a line of the toolkit's progress; undefined for any other line. */
export function parseEvent(line: string): ResourceEvent | undefined {
  const cells = line.split('|').map((cell) => cell.trim());
  const [stack, progress, , status, type] = cells;
  if (!stack || !progress || !status || !type || !/^[A-Z_]+_(COMPLETE|FAILED|IN_PROGRESS)$/.test(status))
    return undefined;
  return { stack, progress: progress.replaceAll(' ', ''), status, type, detail: cells.slice(5).join('|') };
}

/** Outputs of stacks, by the stack's name and the output's. */
export type OutputsFile = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Deploys the app as `cdk deploy --all` does to AWS: bootstraps the account, synthesises, deploys every stack.
 *
 * @throws Failure that names the resource at fault and its reason
 */
export async function deploy(run: Run, cloud: Cloud, clients: Clients, signal: AbortSignal): Promise<Deployment> {
  const outputs = parseOutputs(await deployStacks('--all', run, cloud, signal));
  return { outputs, stacks: await statusOfStacks(clients) };
}

/**
 * Deploys stacks of the app, and those that they stand on.
 *
 * @param which a stack's name, or `--all`
 * @throws Failure that names the resource at fault and its reason
 */
export async function deployStacks(which: string, run: Run, cloud: Cloud, signal: AbortSignal): Promise<OutputsFile> {
  const env = toolkitEnvironment(run, cloud);
  const outputsFile = path.join(run.folder, 'outputs.json');
  const assembly = path.join(run.folder, 'cdk.out');
  const bootstrapping = [`aws://${account}/${region}`, '--output', path.join(run.folder, 'bootstrap.out')];
  await together(signal, (both) => [
    cdk('bootstrap', bootstrapping, env, run, both),
    cdk('synth', ['--quiet', '--output', assembly], env, run, both),
  ]);
  say('deploy', 'The account is bootstrapped and the stacks are synthesised');
  const choices = ['--require-approval', 'never', '--progress', 'events', '--concurrency', String(concurrency)];
  const deploying = [which, '--app', assembly, ...choices, '--outputs-file', outputsFile];
  await cdk('deploy', deploying, env, run, signal);
  return JSON.parse(await readFile(outputsFile, 'utf8')) as OutputsFile;
}

/** The caller's environment, with its certificates and proxies, but with a home, keys and account of its own. */
function toolkitEnvironment(run: Run, cloud: Cloud): NodeJS.ProcessEnv {
  const home = path.join(run.folder, 'home');
  mkdirSync(home, { recursive: true });
  return {
    ...withoutAws(process.env),
    ...awsEnvironment(cloud.endpoint),
    HOME: home,
    CDK_HOME: home,
    CDK_DOCKER: path.join(root, 'local/cloud/docker-shim.mjs'),
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    SEAWORTHY_STATE: cloud.state,
    PATH: `${path.dirname(process.execPath)}:${process.env['PATH']}`,
    NO_COLOR: '1',
    FORCE_COLOR: undefined,
  };
}

async function cdk(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  run: Run,
  signal: AbortSignal,
): Promise<void> {
  const log = path.join(run.logs, `${name}.log`);
  let failed: ResourceEvent | undefined;
  let last = 'nothing';
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), patienceMs);
  const onLine = (line: string) => {
    timer.refresh();
    const event = parseEvent(line);
    if (!event) return;
    last = `${event.stack} ${event.type} ${event.status}`;
    if (event.status.endsWith('_IN_PROGRESS')) return;
    // The first to fail is the cause; the others are cancelled after it.
    if (event.status.endsWith('_FAILED')) failed ??= event;
    say('deploy', `${event.stack} ${event.progress} ${event.type} ${event.status}`);
  };
  const program = path.join(root, 'node_modules/aws-cdk/bin/cdk');
  const all = [program, name, ...args, '--no-notices', '--no-color'];
  const both = AbortSignal.any([signal, silence.signal]);
  const result = await command(process.execPath, all, { cwd: root, env, log, signal: both, onLine });
  clearTimeout(timer);
  signal.throwIfAborted();
  if (silence.signal.aborted) {
    throw new Failure(
      `cdk ${name} has made no progress for ${patienceMs / 60_000} minutes; its last was ${last}.`,
      log,
    );
  }
  if (result.code !== 0) throw new Failure(`cdk ${name} failed: ${reasonOf(result, failed)}`, log);
}

function reasonOf({ code, stderr }: CommandResult, failed: ResourceEvent | undefined): string {
  if (failed) return `${failed.stack} ${failed.type} ${failed.detail} is ${failed.status}.`;
  return stderr.findLast((line) => /error|fail|❌/i.test(line))?.trim() ?? stderr.at(-1) ?? `exit code ${code}`;
}

/** @throws Failure unless every stack is complete */
async function statusOfStacks({ cloudFormation }: Clients): Promise<Record<string, string>> {
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({}));
  const stacks = Object.fromEntries(
    Stacks.flatMap(({ StackName, StackStatus }): [string, string][] =>
      StackName && StackStatus && StackName !== 'CDKToolkit' ? [[StackName, StackStatus]] : [],
    ),
  );
  const incomplete = Object.entries(stacks).find(([, status]) => !isComplete(status));
  if (incomplete) throw new Failure(`The stack ${incomplete[0]} is ${incomplete[1]} after the deployment.`);
  return stacks;
}
