import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { account, awsEnvironment, region, withoutAws } from '../../../local/start/aws.ts';
import { type Cloud, startCloud } from '../../../local/start/cloud.ts';
import { freePort } from '../../../local/start/ports.ts';
import { createRun } from '../../../local/start/runs.ts';
import { command } from '../../../scripts/command.ts';
import { root } from '../../../scripts/root.ts';
import { type Model, startModel } from '../../lambdas/support/model.ts';
import { type Broker, startBroker } from './kafka/broker.ts';

/** An embedded cloud with the stack of `app.ts`. */
export interface StreamsCloud {
  readonly endpoint: string;
  /** Environment of AWS tools that use it. */
  readonly environment: NodeJS.ProcessEnv;
  readonly outputs: Readonly<Record<string, string>>;
  readonly model: Model;
  readonly broker: Broker;
  stop(): Promise<void>;
}

/** Starts a cloud of its own and deploys the stack by the CDK toolkit. @throws Error with the toolkit's last words */
export async function startStreamsCloud(): Promise<StreamsCloud> {
  const state = await mkdtemp(path.join(tmpdir(), 'seaworthy-streams-'));
  const [model, broker] = await Promise.all([startModel(), startBroker()]);
  const { signal } = new AbortController();
  const cloud = await startCloud(createRun(state), await freePort(), signal, (reason) => console.error(reason.message));
  const environment = environmentOf(cloud, state, { MODEL_URL: model.url, KAFKA: JSON.stringify(broker) });
  const stop = async () => {
    await Promise.all([cloud.stop(), model.close(), broker.stop()]);
    await rm(state, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const outputs = await deploy(state, environment);
    return { endpoint: cloud.endpoint, environment, outputs, model, broker, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function deploy(state: string, environment: NodeJS.ProcessEnv): Promise<StreamsCloud['outputs']> {
  const outputs = path.join(state, 'outputs.json');
  await cdk(['bootstrap', `aws://${account}/${region}`], environment);
  const choices = ['--require-approval', 'never', '--outputs-file', outputs, '--output', path.join(state, 'cdk.out')];
  await cdk(['deploy', '--all', '--app', `${process.execPath} test/e2e/streams/app.ts`, ...choices], environment);
  return JSON.parse(await readFile(outputs, 'utf8')).Streams;
}

function environmentOf(cloud: Cloud, home: string, settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return {
    ...withoutAws(process.env),
    ...awsEnvironment(cloud.endpoint),
    ...settings,
    HOME: home,
    CDK_HOME: home,
    CDK_VALIDATION: 'false',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    NO_COLOR: '1',
    FORCE_COLOR: undefined,
  };
}

async function cdk(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const program = path.join(root, 'node_modules/aws-cdk/bin/cdk');
  const { code, stderr } = await command(process.execPath, [program, ...args, '--no-notices'], { cwd: root, env });
  if (code !== 0) throw new Error(`cdk ${args[0]} ended with ${code}:\n${stderr.slice(-30).join('\n')}`);
}
