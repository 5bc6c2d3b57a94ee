import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endGroup } from '../../scripts/command.ts';
import { Failure } from './failure.ts';
import { root } from './folders.ts';
import type { Run } from './runs.ts';

/** The embedded cloud, up and answering. */
export interface Cloud {
  readonly endpoint: string;
  /** Folder of its state. */
  readonly state: string;
  stop(): Promise<void>;
}

const patienceMs = 60_000;

/** Time for the embedded cloud to end its tasks, functions and jobs. */
const graceMs = 15_000;

/**
 * Starts the embedded cloud and waits until it answers.
 *
 * Its environment is a clean one, since the functions that it runs would see this one. It ends when its standard
 * input closes, so it can't outlive this process.
 *
 * @param died called with the reason if it ends before it is stopped
 * @throws Failure if it does not come up
 */
export async function startCloud(
  run: Run,
  port: number,
  signal: AbortSignal,
  died: (reason: Failure) => void,
): Promise<Cloud> {
  const state = path.join(run.folder, 'cloud');
  mkdirSync(state, { recursive: true });
  const log = path.join(run.logs, 'cloud.log');
  const output = openSync(log, 'a');
  const child = spawn(path.join(root, 'local/cloud/.venv/bin/python'), ['-m', 'seaworthy_cloud'], {
    cwd: root,
    env: cleanEnvironment(port, state),
    stdio: ['pipe', output, output],
    detached: true,
  });
  let ended: Failure | undefined;
  let stopping = false;
  child.once('error', (error) => {
    ended = new Failure(`The embedded cloud can't be started: ${error.message}.`, log);
  });
  child.once('exit', (code, by) => {
    ended ??= new Failure(`The embedded cloud ended with ${by ?? `exit code ${code}`}.`, log);
    if (!stopping) died(ended);
  });
  const stop = () => {
    stopping = true;
    return endGroup(child, graceMs);
  };
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    const deadline = Date.now() + patienceMs;
    while (!(await isHealthy(endpoint))) {
      signal.throwIfAborted();
      if (ended) throw ended;
      if (Date.now() > deadline)
        throw new Failure(`The embedded cloud has not answered for ${patienceMs / 1000} s.`, log);
      await sleep(100);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, state, stop };
}

function cleanEnvironment(port: number, state: string): Record<string, string> {
  const kept = ['PATH', 'JAVA_HOME', 'DOCKER_HOST', 'SEAWORTHY_RIGHTS'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    // With `AUTH=true` the cloud refuses what no policy allows.
    AUTH: process.env['AUTH'] ?? 'false',
    LANG: 'C.UTF-8',
    HOME: state,
    GATEWAY_PORT: String(port),
    SEAWORTHY_STATE: state,
    SEAWORTHY_NODE: process.execPath,
    SEAWORTHY_NODE_MODULES: root,
    // Not set up by a start: a Glue job that is run says how.
    SEAWORTHY_SPARK_PYTHON: path.join(root, 'jobs/.venv/bin/python'),
  };
}

async function isHealthy(endpoint: string): Promise<boolean> {
  try {
    const answer = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2_000) });
    return answer.ok;
  } catch {
    // It does not listen yet.
    return false;
  }
}
