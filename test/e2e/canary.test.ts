import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Flight } from '../../lambdas/canary/handler.ts';
import { canaryPrefix, goodCanary } from '../../lambdas/patterns/canary/canary.ts';
import { connect, credentials, region } from '../../local/start/aws.ts';
import { request } from '../../local/start/request.ts';
import { type Platform, startPlatform } from './platform.ts';

const run = promisify(execFile);
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform(20);
});
afterAll(() => platform?.interrupt());

const output = (name: string) => platform.outputs[name] as string;
const at = () => ({ endpoint: platform.report.addresses.cloud, region, credentials });
const lambda = () => new LambdaClient(at());

async function fly(): Promise<Flight> {
  const { Payload, FunctionError } = await lambda().send(
    new InvokeCommand({ FunctionName: output('CanaryFunctionName'), Payload: '{}' }),
  );
  const text = Payload?.transformToString() ?? '';
  if (FunctionError) throw new Error(text);
  return JSON.parse(text) as Flight;
}

async function post(path: string, body: object): Promise<number> {
  const address = `${platform.report.addresses.api}${path}`;
  return (await request(address, { method: 'POST', body: JSON.stringify(body) })).status;
}

async function ringing(): Promise<string[]> {
  const { MetricAlarms = [] } = await new CloudWatchClient(at()).send(
    new DescribeAlarmsCommand({ StateValue: 'ALARM' }),
  );
  return MetricAlarms.map(({ AlarmDescription }) => /#([a-z-]+)$/.exec(AlarmDescription ?? '')?.[1] ?? '');
}

/** Puts a door in the place of the intake that lets in whatever comes, and does nothing with it. */
async function deployOpenDoor(): Promise<void> {
  const { Functions = [] } = await lambda().send(new ListFunctionsCommand({}));
  const FunctionName = Functions.find(
    (each) => each.Environment?.Variables?.['POWERTOOLS_SERVICE_NAME'] === 'intake',
  )?.FunctionName;
  const code = "export const handler = async () => ({ statusCode: 202, body: '{}' });";
  const script =
    'import io,sys,zipfile; b=io.BytesIO(); z=zipfile.ZipFile(b,"w"); z.writestr("index.mjs",sys.argv[1]); z.close(); sys.stdout.buffer.write(b.getvalue())';
  const { stdout } = await run('python3', ['-c', script, code], { encoding: 'buffer' });
  await lambda().send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: new Uint8Array(stdout) }));
}

/** A canary that is lost is waited for: ten seconds will do. */
async function waitShorter(): Promise<void> {
  const FunctionName = output('CanaryFunctionName');
  const { Environment } = await lambda().send(new GetFunctionConfigurationCommand({ FunctionName }));
  const Variables = { ...Environment?.Variables, WITHIN_SECONDS: '10' };
  await lambda().send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
}

test('canaries come home; they are decided as any application, and are no business of anybody', async () => {
  expect(await fly()).toEqual({ decided: true, refused: true });
  const { dynamo } = connect(at().endpoint);
  const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: output('DecisionsTableName') }));
  const canaries = Items.filter(({ applicationId }) => applicationId?.S?.startsWith(canaryPrefix));
  expect(canaries.length).toBeGreaterThan(0);
  for (const { applicationId } of canaries) {
    const Key = { caseId: applicationId ?? { S: '' } };
    expect((await dynamo.send(new GetItemCommand({ TableName: output('CasesTableName'), Key }))).Item).toBeUndefined();
    const outcome = {
      applicationId: applicationId?.S,
      outcome: 'paid',
      occurredAt: '2026-11-24',
      knownAt: '2026-11-24',
    };
    expect(await post('/outcomes', outcome)).toBe(404);
  }
});

test('nobody else can mark an application as a canary, or take one in by their way', async () => {
  const canary = goodCanary(new Date());
  expect(await post('/applications', canary)).toBe(400);
  expect(await post('/canaries', { ...canary, applicationId: 'no-canary' })).toBe(400);
});

test('a door that lets in whatever comes and leads nowhere loses the good canary and takes the bad one in: both ring', async () => {
  await waitShorter();
  await deployOpenDoor();
  expect(await fly()).toEqual({ decided: false, refused: false });
  for (const end = Date.now() + 180_000; ; await sleep(1_000)) {
    const found = await ringing();
    if (found.includes('canary-lost') && found.includes('bad-input-accepted')) break;
    expect(Date.now(), `rings: ${found}`).toBeLessThan(end);
  }
});
