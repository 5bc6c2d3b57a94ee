import { DescribeServicesCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { FaultName } from '../../lambdas/patterns/decision/rungs.ts';
import type { Platform } from './platform.ts';
import { slowService } from './slow-service.ts';
import { until } from './until.ts';

/** A fault that is there. */
export interface Caused {
  /** What the function that decides has to be given for it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Takes the fault away. It has a time limit of its own, so that whoever interrupts a drill can't hinder it. */
  undo(): Promise<void>;
}

export type Fault = (platform: Platform, signal: AbortSignal) => Promise<Caused>;

/** How much later the model service answers: longer than an attempt may take. Milliseconds. */
export const lateMs = 1_500;

/** The faults by their names in `schemas/rungs.json`; each is caused in what runs, and not in our code. */
export const faults: Readonly<Record<FaultName, Fault>> = {
  'model-slow': async ({ environment }) => {
    const slow = await slowService(environment['MODEL_URL'] ?? '', lateMs);
    return { environment: { MODEL_URL: slow.address }, undo: slow.stop };
  },
  'model-dead': async (platform, signal) => {
    const before = await tasksOf(platform);
    await setTasks(platform, 0, signal);
    return { undo: () => setTasks(platform, before, AbortSignal.timeout(undoMs)) };
  },
  'scorecard-damaged': (platform) => damaged('scorecard.json', platform),
  'rules-damaged': (platform) => damaged('policy.json', platform),
  'workflow-gone': async ({ environment }) => ({
    environment: { WORKFLOW_ARN: `${environment['WORKFLOW_ARN']}-gone` },
    undo: async () => undefined,
  }),
};

/** Longest time to take a fault away. Milliseconds. */
export const undoMs = 120_000;

async function tasksOf({ ecs, modelService: { cluster, service } }: Platform): Promise<number> {
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
  return services?.[0]?.desiredCount ?? 0;
}

/** Sets how many tasks of the model service run, and waits until its load balancer says so. */
async function setTasks({ ecs, modelService, environment }: Platform, desiredCount: number, signal: AbortSignal) {
  await ecs.send(new UpdateServiceCommand({ ...modelService, desiredCount }));
  await until(
    `a model service with ${desiredCount} tasks`,
    async () => {
      const { ok } = await fetch(`${environment['MODEL_URL']}/health`, { signal });
      return ok === desiredCount > 0 ? true : undefined;
    },
    signal,
  );
}

/** Puts something else in the place of a file of the champion, as whoever has the right to write could. */
async function damaged(file: string, { s3, environment }: Platform): Promise<Caused> {
  const registry = new URL(environment['MODEL_REGISTRY'] ?? '');
  const [Bucket, prefix] = [registry.host, registry.pathname.slice(1)];
  const read = async (name: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: `${prefix}/${name}` }));
    return (await Body?.transformToString()) ?? '';
  };
  const { version } = JSON.parse(await read('champion.json')) as { version: string };
  const name = `${version}/${file}`;
  const before = await read(name);
  const put = (Body: string) => s3.send(new PutObjectCommand({ Bucket, Key: `${prefix}/${name}`, Body }));
  await put(`${before} `);
  return { undo: async () => void (await put(before)) };
}
