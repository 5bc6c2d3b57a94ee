import path from 'node:path';
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { connect } from '../local/start/aws.ts';
import { startCloud } from '../local/start/cloud.ts';
import { deploy } from '../local/start/deploy.ts';
import { freePort } from '../local/start/ports.ts';
import { createRun } from '../local/start/runs.ts';
import { setUpPython } from '../scripts/python.ts';
import { pythonProjects } from '../scripts/suites.ts';

/** An embedded cloud of its own for a benchmark. */
export interface EmbeddedPlatform {
  readonly cloudFormation: CloudFormationClient;
  /** Folder of the synthesised templates, once deployed. */
  readonly assembly: string;
  /** Bootstraps and deploys every stack, as `npm start` does. */
  deploy(): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts a fresh embedded cloud whose state goes to the folder. */
export async function startOn(state: string): Promise<EmbeddedPlatform> {
  await setUpPython(pythonProjects);
  const run = createRun(state);
  const { signal } = new AbortController();
  const cloud = await startCloud(run, await freePort(), signal, (reason) =>
    process.stderr.write(`${reason.message}\n`),
  );
  const clients = connect(cloud.endpoint);
  return {
    cloudFormation: clients.cloudFormation,
    assembly: path.join(run.folder, 'cdk.out'),
    deploy: () => deploy(run, cloud, clients, signal),
    stop: () => cloud.stop(),
  };
}
