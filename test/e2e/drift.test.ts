import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer } from '../../lambdas/drift/handler.ts';
import { limiter } from '../../lambdas/patterns/concurrency/limiter.ts';
import { readAuditLog } from '../../local/start/audit.ts';
import { connect, credentials, region } from '../../local/start/aws.ts';
import { root } from '../../scripts/root.ts';
import { type Platform, request, startPlatform } from './platform.ts';

const run = promisify(execFile);
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform(20);
});
afterAll(() => platform?.interrupt());

/** A loan that the model of the sample approves: of a kind that was always repaid there. */
const application = {
  submittedAt: '2005-03-01',
  applicantName: 'Zebedee Quux Bakery',
  city: 'SPRINGFIELD',
  state: 'CA',
  zip: '94107',
  lenderName: 'FIRST BANK',
  lenderState: 'CA',
  industryCode: '621210',
  requestedAmount: 240_000,
  guaranteedAmount: 180_000,
  employees: 12,
  newBusiness: false,
  jobsCreated: 4,
  jobsRetained: 12,
  franchise: false,
  urbanRural: 'urban',
  revolvingCredit: false,
  lowDocumentation: false,
};

const output = (name: string) => platform.outputs[name] as string;
const at = () => ({ endpoint: platform.report.addresses.cloud, region, credentials });

const inTurn = limiter(4);

/** Posts until the API answers for good: on a busy machine a handler may run out of its time. */
async function post(path: string, body: object): Promise<number> {
  const address = `${platform.report.addresses.api}${path}`;
  const once = () => inTurn(() => request(address, { method: 'POST', body: JSON.stringify(body) }));
  for (const end = Date.now() + 120_000; ; await sleep(1_000)) {
    const { status } = await once();
    if (status < 500 || Date.now() > end) return status;
  }
}

interface Explained {
  readonly outcome: string;
  readonly rung: string;
  readonly referredFor: string | null;
}

/** What was decided on a new application. */
async function decisionOn(applicationId: string): Promise<Explained> {
  // An attempt that seemed to fail may have got through.
  expect([202, 409]).toContain(await post('/applications', { ...application, applicationId }));
  const address = `${platform.report.addresses.api}/applications/${applicationId}`;
  for (const end = Date.now() + 120_000; Date.now() < end; await sleep(200)) {
    const { decision } = (await (await request(address)).json()) as { decision?: Explained };
    if (decision) return decision;
  }
  throw new Error(`${applicationId} was not decided`);
}

/** Runs the monitor as of a day. */
async function look(asOf: string): Promise<Answer> {
  const { Payload, FunctionError } = await new LambdaClient(at()).send(
    new InvokeCommand({ FunctionName: output('DriftFunctionName'), Payload: JSON.stringify({ asOf }) }),
  );
  const text = Payload?.transformToString() ?? '';
  if (FunctionError) throw new Error(text);
  return JSON.parse(text) as Answer;
}

async function mode(...args: readonly string[]): Promise<string> {
  const command = ['tools/mode/main.ts', ...args, '--endpoint', platform.report.addresses.cloud];
  return (await run(process.execPath, command, { cwd: root, env: { PATH: process.env['PATH'] } })).stdout;
}

async function switches() {
  const places = {
    auditBucket: output('AuditBucketName'),
    auditSubjectKeys: output('AuditSubjectKeysName'),
    auditWrappingKey: output('AuditWrappingKeyId'),
    auditSigningKey: output('AuditSigningKeyId'),
    auditOrigin: output('AuditOrigin'),
  };
  for (const end = Date.now() + 120_000; Date.now() < end; await sleep(1_000)) {
    const entries = await readAuditLog(connect(at().endpoint), places, AbortSignal.timeout(60_000));
    const found = entries.filter(({ type }) => type === 'mode');
    if (found.length > 0) return found;
  }
  throw new Error('no entry of a switch came into the log');
}

async function alarmState(name: string): Promise<string | undefined> {
  const { MetricAlarms = [] } = await new CloudWatchClient(at()).send(new DescribeAlarmsCommand({}));
  return MetricAlarms.find(({ AlarmDescription }) => AlarmDescription?.endsWith(name))?.StateValue;
}

test('far more defaults than the scores said take the decisions to people, once, until a person lets the model decide again', async () => {
  const ids = Array.from({ length: 24 }, (_, index) => `drift-${index}`);
  const before = await Promise.all(ids.map(decisionOn));
  expect(before.filter(({ rung, outcome }) => rung === 'model' && outcome === 'approved')).toHaveLength(ids.length);
  expect(await look('2006-08-01')).toMatchObject({ ring: null, switched: false });

  const outcome = { outcome: 'defaulted', occurredAt: '2006-05-01', knownAt: '2006-07-30' };
  const statuses = await Promise.all(ids.map((applicationId) => post('/outcomes', { ...outcome, applicationId })));
  expect(statuses.filter((status) => status !== 201 && status !== 200)).toEqual([]);
  // What was not known by then does not count.
  expect(await look('2006-07-01')).toMatchObject({ ring: null, switched: false });
  expect(await mode('show')).toMatch(/^normal/);

  const found = await look('2006-08-01');
  expect(found).toMatchObject({ ring: { month: '2006-07', observed: 24 }, switched: true });
  expect(await mode('show')).toMatch(
    /^manual, set by drift-monitor on \S+: outcomes-ring at the end of 2006-07: 24 loans/,
  );
  expect(await look('2006-09-01')).toMatchObject({ ring: { month: '2006-07' }, switched: false });
  expect(await switches()).toMatchObject([{ from: 'normal', to: 'manual', by: 'drift-monitor' }]);

  let next = await decisionOn('drift-after-0');
  // An instance asks for the mode every 15 seconds.
  for (let number = 1; next.outcome !== 'referred' && number < 40; number += 1) {
    await sleep(1_000);
    next = await decisionOn(`drift-after-${number}`);
  }
  expect(next).toMatchObject({ outcome: 'referred', rung: 'person', referredFor: 'manual-mode' });
  for (const end = Date.now() + 120_000; (await alarmState('drift.md#outcomes-ring')) !== 'ALARM'; await sleep(1_000)) {
    expect(Date.now()).toBeLessThan(end);
  }

  await mode('normal', '--reason', 'looked into, end of the drill', '--by', 'staff-7');
  expect(await look('2006-10-01')).toMatchObject({ ring: null, switched: false });
  expect(await look('2006-11-01')).toMatchObject({ ring: null, switched: false });
  expect(await mode('show')).toMatch(/^normal, set by staff-7/);
});
