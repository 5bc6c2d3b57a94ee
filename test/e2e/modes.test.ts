import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { awsEnvironment, connect } from '../../local/start/aws.ts';
import { root } from '../../scripts/root.ts';
import { type Platform, startPlatform } from './platform.ts';
import { auditLog, eventually, keptApplication, outcomeOf } from './steps.ts';

const run = promisify(execFile);
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform(20);
});
afterAll(() => platform?.interrupt());

const output = (name: string) => platform.outputs[name] as string;

/** What the command prints. @throws Error with its exit code and what it complains of unless it ends with 0 */
async function mode(...args: readonly string[]): Promise<string> {
  const command = ['tools/mode/main.ts', ...args, '--endpoint', platform.report.addresses.cloud];
  const env = { PATH: process.env['PATH'] };
  return (await run(process.execPath, command, { cwd: root, env })).stdout;
}

test('a stop keeps what comes in and decides nothing; when it ends, each is decided once; the audit log has both', async () => {
  expect(await mode('show')).toBe('normal, set by deployment: as deployed\n');
  // A change that is being watched must not be in the way of a stop.
  await mode('degraded', '--reason', 'before the drill', '--by', 'staff-7');
  expect(await mode('stop', '--reason', 'drill', '--by', 'staff-7')).toMatch(
    /^From degraded to stop in the name of staff-7; on every instance by \S+Z\n$/,
  );
  expect(await mode('show')).toMatch(/^stop, set by staff-7 on \S+Z: drill\n$/);
  const kept = await keptApplication(platform, 'modes');
  const decision = new GetItemCommand({ TableName: output('DecisionsTableName'), Key: { applicationId: { S: kept } } });
  const { dynamo } = connect(platform.report.addresses.cloud);
  expect((await dynamo.send(decision)).Item).toBeUndefined();

  expect(await mode('normal', '--reason', 'end of the drill', '--by', 'staff-7')).toContain('watched for five minutes');
  const outcome = await eventually('the decision of what was kept', async () => {
    const found = await outcomeOf(platform, kept);
    return found === 'kept' ? undefined : found;
  });
  expect(['approved', 'declined', 'referred']).toContain(outcome);
  const waiting = new GetItemCommand({ TableName: output('KeptTableName'), Key: { applicationId: { S: kept } } });
  await eventually('the end of its wait', async () => ((await dynamo.send(waiting)).Item ? undefined : true));

  const told = await eventually('the entries', async () => {
    const entries = await auditLog(platform);
    return entries.some(({ type, id }) => type === 'decision' && id === kept) ? entries : undefined;
  });
  expect(told.filter(({ type, id }) => type === 'decision' && id.startsWith(kept))).toHaveLength(1);
  const switches = told.filter(({ type }) => type === 'mode').toSorted((a, b) => a.at.localeCompare(b.at));
  expect(switches).toMatchObject([
    { from: 'normal', to: 'degraded', by: 'staff-7', reason: 'before the drill' },
    { from: 'degraded', to: 'stop', by: 'staff-7', reason: 'drill' },
    { from: 'stop', to: 'normal', by: 'staff-7', reason: 'end of the drill' },
  ]);

  const env = { PATH: process.env['PATH'], ...awsEnvironment(platform.report.addresses.cloud) };
  const { stdout } = await run(process.execPath, ['tools/audit/main.ts', 'show', kept], { cwd: root, env });
  expect(stdout).toMatch(/staff-7 switched the mode from stop to normal: end of the drill {2}\(entry \d+, mode\//);
  expect(stdout).toContain(`${kept} was ${outcome} in mode normal by`);
  expect(stdout).toMatch(/:second-person made the model v\w{12} the champion: .* \(entry \d+, promotion\/v/);
  expect(stdout).toMatch(/deployment set decision: .* \(entry \d+, configuration\/decision:1:/);
  expect(stdout).not.toContain('before the drill');
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
