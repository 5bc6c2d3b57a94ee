import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditEntry } from '../../lambdas/patterns/audit/entry.ts';
import { readAuditLog } from '../../local/start/audit.ts';
import { connect } from '../../local/start/aws.ts';
import { root } from '../../scripts/root.ts';
import { type Platform, request, startPlatform } from './platform.ts';

const run = promisify(execFile);
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform(20);
});
afterAll(() => platform?.interrupt());

const application = {
  submittedAt: '2005-03-01',
  applicantName: 'Zebedee Quux Bakery',
  city: 'SPRINGFIELD',
  state: 'CA',
  zip: '94107',
  lenderName: 'FIRST BANK',
  lenderState: 'CA',
  industryCode: '445310',
  requestedAmount: 50_000,
  guaranteedAmount: 25_000,
  employees: 4,
  newBusiness: false,
  jobsCreated: 0,
  jobsRetained: 4,
  franchise: false,
  urbanRural: 'urban',
  revolvingCredit: true,
  lowDocumentation: false,
};

const output = (name: string) => platform.outputs[name] as string;

async function apply(applicationId: string): Promise<void> {
  const answer = await request(`${platform.report.addresses.api}/applications`, {
    method: 'POST',
    body: JSON.stringify({ ...application, applicationId }),
  });
  expect(answer.status).toBe(202);
}

/** What became of an application: an outcome, `kept`, or undefined while nothing is known. */
async function outcomeOf(applicationId: string): Promise<string | undefined> {
  const answer = await request(`${platform.report.addresses.api}/decisions/${applicationId}`);
  return answer.status === 200 ? ((await answer.json()) as { outcome: string }).outcome : undefined;
}

/** Looks until something is there; the limit is for what never comes. */
async function eventually<Result>(what: string, look: () => Promise<Result | undefined>): Promise<Result> {
  const end = Date.now() + 300_000;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(500);
  }
  throw new Error(`${what} did not come about`);
}

/** What the command prints. @throws Error with its exit code and what it complains of unless it ends with 0 */
async function mode(...args: readonly string[]): Promise<string> {
  const command = ['tools/mode/main.ts', ...args, '--endpoint', platform.report.addresses.cloud];
  const env = { PATH: process.env['PATH'] };
  return (await run(process.execPath, command, { cwd: root, env })).stdout;
}

/** The whole audit log, which is verified on the way. */
function auditLog(): Promise<readonly AuditEntry[]> {
  const places = {
    auditBucket: output('AuditBucketName'),
    auditSubjectKeys: output('AuditSubjectKeysName'),
    auditWrappingKey: output('AuditWrappingKeyId'),
    auditSigningKey: output('AuditSigningKeyId'),
    auditOrigin: output('AuditOrigin'),
  };
  return readAuditLog(connect(platform.report.addresses.cloud), places, AbortSignal.timeout(60_000));
}

/** Applies until the stop has reached the instance that decides. @returns the application that was kept */
async function keptApplication(): Promise<string> {
  for (let number = 1; ; number++) {
    const id = `modes-${number}`;
    await apply(id);
    if ((await eventually(`what became of ${id}`, () => outcomeOf(id))) === 'kept') return id;
    await sleep(1_000);
  }
}

test('a stop keeps what comes in and decides nothing; when it ends, each is decided once; the audit log has both', async () => {
  expect(await mode('show')).toBe('normal, set by deployment: as deployed\n');
  // A change that is being watched must not be in the way of a stop.
  await mode('degraded', '--reason', 'before the drill', '--by', 'staff-7');
  expect(await mode('stop', '--reason', 'drill', '--by', 'staff-7')).toMatch(
    /^From degraded to stop in the name of staff-7; on every instance by \S+Z\n$/,
  );
  expect(await mode('show')).toBe('stop, set by staff-7: drill\n');
  const kept = await keptApplication();
  const decision = new GetItemCommand({ TableName: output('DecisionsTableName'), Key: { applicationId: { S: kept } } });
  const { dynamo } = connect(platform.report.addresses.cloud);
  expect((await dynamo.send(decision)).Item).toBeUndefined();

  expect(await mode('normal', '--reason', 'end of the drill', '--by', 'staff-7')).toContain('watched for five minutes');
  const outcome = await eventually('the decision of what was kept', async () => {
    const found = await outcomeOf(kept);
    return found === 'kept' ? undefined : found;
  });
  expect(['approved', 'declined', 'referred']).toContain(outcome);
  const waiting = new GetItemCommand({ TableName: output('KeptTableName'), Key: { applicationId: { S: kept } } });
  await eventually('the end of its wait', async () => ((await dynamo.send(waiting)).Item ? undefined : true));

  const told = await eventually('the entries', async () => {
    const entries = await auditLog();
    return entries.some(({ type, id }) => type === 'decision' && id === kept) ? entries : undefined;
  });
  expect(told.filter(({ type, id }) => type === 'decision' && id.startsWith(kept))).toHaveLength(1);
  const switches = told.filter(({ type }) => type === 'mode').toSorted((a, b) => a.at.localeCompare(b.at));
  expect(switches).toMatchObject([
    { from: 'normal', to: 'degraded', by: 'staff-7', reason: 'before the drill' },
    { from: 'degraded', to: 'stop', by: 'staff-7', reason: 'drill' },
    { from: 'stop', to: 'normal', by: 'staff-7', reason: 'end of the drill' },
  ]);
});

test('what is no mode, and what has no reason, is refused with the remedy and changes nothing', async () => {
  const before = await mode('show');
  await expect(mode('halt', '--reason', 'drill')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('the mode is halt, give show, normal, degraded, manual, stop'),
  });
  await expect(mode('stop')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--reason') });
  expect(await mode('show')).toBe(before);
});
