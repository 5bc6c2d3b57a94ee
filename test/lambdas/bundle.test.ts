import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundleHandlers } from '../../scripts/bundle.ts';
import { root } from '../../scripts/root.ts';
import { type Cloud, startCloud } from './support/cloud.ts';
import { type Container, startContainer } from './support/container.ts';
import { environmentOf } from './support/handlers.ts';
import { replyWith } from './support/model.ts';
import { type Request, type Server, serve } from './support/server.ts';

const handlers = path.join(root, 'dist/handlers');
const file = (name: string) => path.join(handlers, name, 'index.mjs');

test('the manifest tells the hash and the size of each bundle', async () => {
  const manifest = await bundleHandlers();
  const folders = readdirSync(path.join(root, 'lambdas')).filter((name) => name !== 'patterns');
  expect(Object.keys(manifest)).toEqual(folders.toSorted());
  for (const [name, { hash, bytes }] of Object.entries(manifest)) {
    const code = readFileSync(file(name));
    expect(bytes).toBe(code.length);
    expect(hash).toBe(createHash('sha256').update(code).digest('hex'));
  }
});

test('nothing is bundled again while nothing changes', async () => {
  await bundleHandlers();
  const { mtimeMs } = statSync(file('consumer'));
  await bundleHandlers();
  expect(statSync(file('consumer')).mtimeMs).toBe(mtimeMs);
});

test('the code alone is deployed; its source map is beside it', async () => {
  await bundleHandlers();
  expect(readdirSync(path.join(handlers, 'consumer'))).toEqual(['index.mjs']);
  const map = JSON.parse(readFileSync(path.join(handlers, 'maps/consumer/index.mjs.map'), 'utf8')) as {
    sources: string[];
  };
  expect(map.sources.some((source) => source.endsWith('lambdas/consumer/handler.ts'))).toBe(true);
});

describe('the credentials of a bundled handler', () => {
  let cloud: Cloud;
  let endpoint: Server;
  let container: Container | undefined;
  let asked: Request[] = [];
  let lifetimeMs = 0;
  beforeAll(async () => {
    cloud = await startCloud();
    endpoint = await serve((request) => {
      asked.push(request);
      const Expiration = new Date(Date.now() + lifetimeMs).toISOString();
      const keys = { AccessKeyId: `KEY${asked.length}`, SecretAccessKey: 'secret', Token: 'token', Expiration };
      return replyWith(200, JSON.stringify(keys));
    });
  });
  beforeEach(() => {
    cloud.reset();
    asked = [];
  });
  afterEach(() => container?.close());
  afterAll(() => Promise.all([cloud.close(), endpoint.close()]));

  const start = async (credentials: Readonly<Record<string, string>>) => {
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...rest } = environmentOf(cloud, endpoint);
    container = await startContainer('status', { ...rest, ...credentials });
    return container;
  };
  const fromEndpoint = () =>
    start({ AWS_CONTAINER_CREDENTIALS_FULL_URI: endpoint.url, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'let-me' });
  const event = { pathParameters: { applicationId: 'A-1' } };
  const keys = () => cloud.calls.map(({ accessKey }) => accessKey);

  test('come from its environment', async () => {
    const { invoke } = await start({
      AWS_ACCESS_KEY_ID: 'KEY',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
    });
    expect(await invoke(event)).toMatchObject({ answer: { statusCode: 404 } });
    expect(keys()).toEqual(['KEY', 'KEY']);
  });

  test('or from an endpoint, once while they last', async () => {
    lifetimeMs = 3_600_000;
    const { invoke } = await fromEndpoint();
    await invoke(event);
    expect(await invoke(event)).toMatchObject({ answer: { statusCode: 404 } });
    expect(keys()).toEqual(['KEY1', 'KEY1', 'KEY1', 'KEY1']);
    expect(asked.map(({ headers }) => headers.authorization)).toEqual(['let-me']);
  });

  test('and anew when they are about to expire', async () => {
    lifetimeMs = 60_000;
    const { invoke } = await fromEndpoint();
    await invoke(event);
    await invoke(event);
    expect(asked.length).toBeGreaterThan(1);
    expect(keys().at(-1)).not.toBe(keys()[0]);
  });

  test('or are missed at once, with a word on what to set', async () => {
    const { invoke, output } = await start({});
    expect(await invoke(event)).toEqual({ failure: 'CredentialsProviderError' });
    expect(output()).toContain('Set AWS_CONTAINER_CREDENTIALS_FULL_URI');
  });
});
