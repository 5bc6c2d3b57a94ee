import path from 'node:path';
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import {
  DeleteDatabaseCommand,
  DeleteDataQualityRulesetCommand,
  DeleteSecurityConfigurationCommand,
  GetDatabasesCommand,
  GetSecurityConfigurationsCommand,
  GlueClient,
  ListDataQualityRulesetsCommand,
} from '@aws-sdk/client-glue';
import type { S3Client } from '@aws-sdk/client-s3';
import { connect, credentials, region } from '../local/start/aws.ts';
import { startCloud } from '../local/start/cloud.ts';
import { deploy } from '../local/start/deploy.ts';
import { freePort } from '../local/start/ports.ts';
import { createRun } from '../local/start/runs.ts';
import { setUpPython } from '../scripts/python.ts';
import { pythonProjects } from '../scripts/suites.ts';

/** An embedded cloud of its own for a benchmark. */
export interface EmbeddedPlatform {
  readonly cloudFormation: CloudFormationClient;
  readonly s3: S3Client;
  /** Folder of the synthesised templates, once deployed. */
  readonly assembly: string;
  /** Bootstraps and deploys every stack, as `npm start` does. */
  deploy(): Promise<unknown>;
  /** Deletes what of Glue outlives its stack, since its names follow from the stack's. */
  forgetGlue(): Promise<void>;
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
    s3: clients.s3,
    assembly: path.join(run.folder, 'cdk.out'),
    deploy: () => deploy(run, cloud, clients, signal),
    forgetGlue: () => forgetGlue(cloud.endpoint),
    stop: () => cloud.stop(),
  };
}

async function forgetGlue(endpoint: string): Promise<void> {
  const glue = new GlueClient({ endpoint, region, credentials });
  const { DatabaseList = [] } = await glue.send(new GetDatabasesCommand({}));
  for (const { Name } of DatabaseList) await glue.send(new DeleteDatabaseCommand({ Name }));
  const { Rulesets = [] } = await glue.send(new ListDataQualityRulesetsCommand({}));
  for (const { Name } of Rulesets) await glue.send(new DeleteDataQualityRulesetCommand({ Name }));
  const { SecurityConfigurations = [] } = await glue.send(new GetSecurityConfigurationsCommand({}));
  for (const { Name } of SecurityConfigurations) await glue.send(new DeleteSecurityConfigurationCommand({ Name }));
}
