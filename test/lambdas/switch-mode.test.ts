import { AppConfigClient } from '@aws-sdk/client-appconfig';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { AuditEntry } from '../../lambdas/patterns/audit/entry.ts';
import type { Mode } from '../../lambdas/patterns/modes/mode.ts';
import { switchMode } from '../../lambdas/patterns/modes/switch-mode.ts';
import { deployed } from '../../tools/mode/switchboard.ts';
import { type Reply, type Request, type Server, serve } from './support/server.ts';

/** The control plane of AppConfig in memory: versions and deployments of one profile. */
let server: Server;
/** What was done, in its order. */
let done: string[] = [];
/** State of each deployment, by number from one. */
let states: string[] = [];
let refusesDocument = false;

beforeAll(async () => {
  server = await serve(reply);
});
beforeEach(() => {
  done = [];
  states = ['COMPLETE'];
  refusesDocument = false;
});
afterAll(() => server.close());

function reply({ method, path, body }: Request): Reply {
  const deployments = '/applications/app/environments/env/deployments';
  if (path.endsWith('/hostedconfigurationversions')) {
    if (refusesDocument) return json(400, { Message: 'not of the schema' }, 'BadRequestException');
    done.push(`version ${body}`);
    return { ...json(201, {}), headers: { 'version-number': '7' } };
  }
  if (method === 'POST' && path === deployments) return startDeployment(JSON.parse(body.toString()));
  if (method === 'GET' && path === deployments)
    return json(200, { Items: states.map((State, index) => ({ State, DeploymentNumber: index + 1 })) });
  const index = Number(path.slice(deployments.length + 1)) - 1;
  if (method === 'DELETE') {
    done.push(`end ${index + 1}`);
    states[index] = 'ROLLED_BACK';
  }
  return json(200, { DeploymentNumber: index + 1, State: states[index] });
}

function startDeployment(asked: { DeploymentStrategyId: string; ConfigurationVersion: string }): Reply {
  if (states.includes('BAKING')) return json(409, { Message: 'in progress' }, 'ConflictException');
  done.push(`deploy ${asked.ConfigurationVersion} ${asked.DeploymentStrategyId}`);
  states.push(asked.DeploymentStrategyId === 'at-once' ? 'COMPLETE' : 'BAKING');
  return json(201, { DeploymentNumber: states.length });
}

function json(status: number, body: object, error?: string): Exclude<Reply, string> {
  const headers: Record<string, string> = error === undefined ? {} : { 'x-amzn-errortype': error };
  return { status, type: 'application/json', body: JSON.stringify(body), headers };
}

const { signal } = new AbortController();
const options = () => ({
  client: new AppConfigClient({
    endpoint: server.url,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  }),
  address: { application: 'app', environment: 'env', profile: 'profile' },
  atOnce: 'at-once',
  watched: 'watched',
  audit: async (entry: AuditEntry) => {
    if (entry.type === 'mode') done.push(`audit ${entry.from} ${entry.to} ${entry.by} ${entry.reason}`);
  },
  now: () => new Date(0),
});
const change = (mode: Mode, changes: Partial<ReturnType<typeof options>> = {}) =>
  switchMode('normal', { mode, reason: 'drill', by: 'staff-7' }, { signal }, { ...options(), ...changes });

test('a stop is checked, told to the audit trail, and then deployed to all at once', async () => {
  expect(await change('stop')).toBe(2);
  expect(done).toEqual([
    'version {"mode":"stop","reason":"drill","by":"staff-7","at":"1970-01-01T00:00:00.000Z"}',
    'audit normal stop staff-7 drill',
    'deploy 7 at-once',
  ]);
});

test.each(['normal', 'degraded', 'manual'] as const)('%s is deployed and watched', async (mode) => {
  await change(mode);
  expect(done.at(-1)).toBe('deploy 7 watched');
});

test('a change that is being watched gives way', async () => {
  states = ['COMPLETE', 'BAKING'];
  expect(await change('stop')).toBe(3);
  expect(done.slice(2)).toEqual(['end 2', 'deploy 7 at-once']);
});

test('what the audit trail does not take does not take effect', async () => {
  const audit = () => Promise.reject(new Error('the queue is down'));
  await expect(change('stop', { audit })).rejects.toThrow('the queue is down');
  expect(states).toEqual(['COMPLETE']);
});

test('what AppConfig refuses is not in the audit trail', async () => {
  refusesDocument = true;
  await expect(change('stop')).rejects.toThrow('not of the schema');
  expect(done).toEqual([]);
});

test('a deployment has taken effect when every instance is given it, and not if it was rolled back', async () => {
  states = ['COMPLETE', 'ROLLED_BACK', 'BAKING'];
  expect(await deployed(1, options(), signal)).toBe('done');
  expect(await deployed(3, options(), signal)).toBe('watched');
  await expect(deployed(2, options(), signal)).rejects.toThrow('deployment 2 of the mode is ROLLED_BACK');
});
