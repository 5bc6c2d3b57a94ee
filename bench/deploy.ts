import { mkdirSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { account, region } from '../local/start/aws.ts';
import { root } from '../scripts/root.ts';
import { type Bench, compare } from './comparison.ts';
import type { EmbeddedPlatform } from './embedded.ts';
import { conditions, median } from './measure.ts';

const rounds = 3;

interface Artifact {
  readonly type: string;
  readonly dependencies?: readonly string[];
}

/** Wall seconds of `cdk deploy --all` on a fresh embedded cloud, beside the bare CloudFormation calls. */
export const deploy: Bench = {
  summary: 'seconds of cdk deploy --all on the embedded cloud, beside bare CreateStack calls with the same templates',
  async run() {
    // Loaded here: listing the benchmarks needs none of it.
    const { startOn } = await import('./embedded.ts');
    const state = path.join(root, '.state/bench/deploy');
    const [ours, bare]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      rmSync(state, { recursive: true, force: true });
      mkdirSync(state, { recursive: true });
      const platform = await startOn(state);
      try {
        ours.push(await seconds(() => platform.deploy()));
        const { cloudFormation } = platform;
        const order = await stacksInOrder(platform.assembly);
        for (const stack of order.toReversed()) await remove(cloudFormation, stack);
        await platform.forgetGlue();
        bare.push(await seconds(() => createAll(platform, order)));
      } finally {
        await platform.stop();
      }
      process.stderr.write(
        `round ${round + 1}/${rounds}: ${ours.at(-1)?.toFixed(1)} s, bare ${bare.at(-1)?.toFixed(1)} s\n`,
      );
    }
    return compare({
      name: 'deploy',
      unit: 's',
      ours: median(ours),
      peers: { 'bare CreateStack': median(bare) },
      aim: { 'bare CreateStack': 3 },
      conditions: { ...conditions(rounds), bootstrap: 'included in ours, not in the bare calls' },
    });
  },
};

async function seconds(task: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await task();
  return (performance.now() - began) / 1000;
}

/** The stacks of a cloud assembly, each after those that it depends on. */
async function stacksInOrder(assembly: string): Promise<string[]> {
  const { artifacts } = JSON.parse(await readFile(path.join(assembly, 'manifest.json'), 'utf8')) as {
    artifacts: Record<string, Artifact>;
  };
  const order: string[] = [];
  const visit = (name: string): void => {
    if (order.includes(name)) return;
    const artifact = artifacts[name];
    for (const dependency of artifact?.dependencies ?? []) visit(dependency);
    if (artifact?.type === 'aws:cloudformation:stack') order.push(name);
  };
  for (const name of Object.keys(artifacts)) visit(name);
  return order;
}

async function createAll(
  { cloudFormation: client, s3, assembly }: EmbeddedPlatform,
  order: readonly string[],
): Promise<void> {
  for (const StackName of order) {
    const file = (await readdir(assembly)).find((name) => name === `${StackName}.template.json`);
    if (!file) throw new Error(`the assembly has no template of ${StackName}`);
    // CloudFormation takes 51,200 bytes in a call, and reads what is larger from the bucket of the bootstrap.
    const [Bucket, Key] = [`cdk-hnb659fds-assets-${account}-${region}`, `bench/${file}`];
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: await readFile(path.join(assembly, file)) }));
    const TemplateURL = `https://s3.${region}.amazonaws.com/${Bucket}/${Key}`;
    await client.send(new CreateStackCommand({ StackName, TemplateURL, Capabilities: ['CAPABILITY_NAMED_IAM'] }));
    const status = await settled(client, StackName);
    if (status !== 'CREATE_COMPLETE')
      throw new Error(`${StackName} is ${status}: ${await reasonOf(client, StackName)}`);
  }
}

/** Why resources of a stack failed. */
async function reasonOf(client: CloudFormationClient, StackName: string): Promise<string> {
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
  const failed = StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED'));
  return failed
    .map(({ LogicalResourceId, ResourceStatusReason }) => `${LogicalResourceId} ${ResourceStatusReason}`)
    .join('; ');
}

async function remove(client: CloudFormationClient, StackName: string): Promise<void> {
  await client.send(new DeleteStackCommand({ StackName }));
  const status = await settled(client, StackName);
  if (status !== undefined && status !== 'DELETE_COMPLETE') throw new Error(`${StackName} is ${status}`);
}

/** The status of a stack once nothing is in progress; undefined when it is gone. */
async function settled(client: CloudFormationClient, StackName: string): Promise<string | undefined> {
  for (;;) {
    const status = await client.send(new DescribeStacksCommand({ StackName })).then(
      ({ Stacks }) => Stacks?.[0]?.StackStatus,
      () => undefined,
    );
    if (!status?.endsWith('_IN_PROGRESS')) return status;
    await sleep(50);
  }
}
