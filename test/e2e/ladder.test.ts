import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ECSClient, ListClustersCommand, ListServicesCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { awsEnvironment, credentials, region } from '../../local/start/aws.ts';
import { root } from '../../scripts/root.ts';
import { type Platform, request, startPlatform } from './platform.ts';

const run = promisify(execFile);
let platform: Platform;
let ecs: ECSClient;
let kinesis: KinesisClient;

interface Told {
  readonly outcome: string;
  readonly decidedAt: string;
  readonly decidedBy: {
    readonly rung: string;
    readonly why: readonly { readonly rung: string; readonly why: string }[];
  };
}

const application = (applicationId: string, requestedAmount: number) => ({
  applicationId,
  submittedAt: '2005-03-01',
  applicantName: 'Zebedee Quux Bakery',
  city: 'SPRINGFIELD',
  state: 'CA',
  zip: '94107',
  lenderName: 'FIRST BANK',
  lenderState: 'CA',
  industryCode: '445310',
  requestedAmount,
  guaranteedAmount: requestedAmount / 2,
  employees: 4,
  newBusiness: false,
  jobsCreated: 0,
  jobsRetained: 4,
  franchise: false,
  urbanRural: 'urban',
  revolvingCredit: true,
  lowDocumentation: false,
});

/** Amounts on both sides of what the scorecard may approve: some are near its threshold, and go to people. */
const amounts = [5_000, 10_000, 20_000, 40_000, 80_000, 140_000, 200_000, 400_000];

beforeAll(async () => {
  platform = await startPlatform(60);
  const options = { endpoint: platform.report.addresses.cloud, region, credentials };
  ecs = new ECSClient(options);
  kinesis = new KinesisClient(options);
});

afterAll(() => platform?.interrupt());

/** Sets how many tasks of the model service run, and waits until its load balancer says so. */
async function setModelTasks(desiredCount: number): Promise<void> {
  const { clusterArns = [] } = await ecs.send(new ListClustersCommand({}));
  for (const cluster of clusterArns) {
    const { serviceArns = [] } = await ecs.send(new ListServicesCommand({ cluster }));
    for (const service of serviceArns) await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount }));
  }
  await eventually(`a model service with ${desiredCount} tasks`, async () => {
    const { ok } = await fetch(`${platform.report.addresses.modelService}/health`);
    return ok === desiredCount > 0 ? true : undefined;
  });
}

async function decideAll(prefix: string): Promise<ReadonlyMap<string, Told>> {
  const ids = amounts.map((amount) => [`${prefix}-${amount}`, amount] as const);
  for (const [id, amount] of ids) {
    const body = JSON.stringify(application(id, amount));
    const { status } = await request(`${platform.report.addresses.api}/applications`, { method: 'POST', body });
    expect(status).toBe(202);
  }
  return new Map(await Promise.all(ids.map(async ([id]) => [id, await decided(id)] as const)));
}

async function decided(id: string): Promise<Told> {
  return eventually(`the decision on ${id}`, async () => {
    const answer = await request(`${platform.report.addresses.api}/decisions/${id}`);
    return answer.status === 200 ? ((await answer.json()) as Told) : undefined;
  });
}

/** What the audit log tells of a decision, once its entry is in it. */
async function story(id: string): Promise<string> {
  const env = { PATH: process.env['PATH'], ...awsEnvironment(platform.report.addresses.cloud) };
  return eventually(`the entry of ${id}`, async () => {
    const shown = run(process.execPath, ['tools/audit/main.ts', 'show', id], { cwd: root, env });
    return shown.then(
      // The proof grows with the log.
      ({ stdout }) => stdout.replace(/, proven by \d+ hashes/g, ''),
      () => undefined,
    );
  });
}

/** Puts a record on the stream, past the API. */
async function put(key: string, record: object): Promise<void> {
  const Data = new TextEncoder().encode(JSON.stringify(record));
  const StreamName = platform.outputs['StreamName'] as string;
  await kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: key, Data }));
}

async function eventually<Result>(what: string, look: () => Promise<Result | undefined>): Promise<Result> {
  const end = Date.now() + 60_000;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(200);
  }
  throw new Error(`${what} did not come about`);
}

test('while the model service has no tasks the scorecard decides, or people do; that holds when the model is back', async () => {
  await setModelTasks(0);
  const without = await decideAll('dead');
  for (const { decidedBy } of without.values()) {
    expect(['scorecard', 'person']).toContain(decidedBy.rung);
    expect(decidedBy.why[0]).toMatchObject({
      rung: 'model',
      why: expect.stringMatching(/^(unavailable|breaker-open)$/),
    });
  }
  const [byScorecard, told] = [...without].find(([, { decidedBy }]) => decidedBy.rung === 'scorecard') ?? [];
  if (!byScorecard) throw new Error('the scorecard decided none of the applications');
  const entry = await story(byScorecard);
  expect(entry).toContain(`${byScorecard} was ${told?.outcome} by scorecard`);

  await setModelTasks(1);
  const back = await decideAll('back');
  const byModel = [...back].find(([, { decidedBy }]) => decidedBy.rung === 'model')?.[0];
  if (!byModel) throw new Error('the model decided none of the applications');
  expect(await story(byModel)).toContain('by the model');

  // The record comes once more, and now the model would answer: the decision stays the first one.
  const [, amount] = byScorecard.split('-');
  const again = { application: application(byScorecard, Number(amount)), receivedAt: new Date().toISOString() };
  await put(byScorecard, again);
  // What was put behind it, with the same key and so in order, is decided when it has been dealt with.
  const behind = { ...again, application: application('dead-behind', Number(amount)) };
  await put(byScorecard, behind);
  await decided('dead-behind');
  expect(await decided(byScorecard)).toEqual(told);
  expect(await story(byScorecard)).toEqual(entry);
});
