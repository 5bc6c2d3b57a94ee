import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startTicks } from '../../../local/start/runs.ts';
import { noProcessOf, processesOf, root, startMain, temporaryFolder } from './starting.ts';

// Each test starts the real thing, on a machine that may have much else to do.
vi.setConfig({ testTimeout: 120_000 });

const sample = path.join(root, 'test/data/loans-sample.csv');

/** Starts it and waits until the embedded cloud is up, while all else goes on. */
async function startUp() {
  const folder = temporaryFolder(onTestFinished);
  const started = startMain(['--state', folder, '--data', sample]);
  onTestFinished(() => void started.child.kill('SIGKILL'));
  await started.printed('The embedded cloud is up');
  return { folder, ...started };
}

function stop(folder: string) {
  return spawnSync(process.execPath, ['local/start/stop.ts', folder], { cwd: root, encoding: 'utf8' });
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends everything and leaves only logs', async (signal) => {
  const { child, folder, ended } = await startUp();
  expect(processesOf(folder).length).toBeGreaterThan(1);
  child.kill(signal);
  const { output, code } = await ended;
  expect(output).toContain(`Stopped: ended by ${signal}.`);
  expect(code).toBe(130);
  expect(processesOf(folder)).toEqual([]);
  const run = path.join(folder, 'runs', String(child.pid));
  expect(readdirSync(run)).not.toContain('cloud');
  expect(readdirSync(run)).toContain('logs');
});

test('nothing outlives npm', async () => {
  const folder = temporaryFolder(onTestFinished);
  const script = 'node_modules/.bin/node local/start/main.ts "$@" & wait';
  const npm = spawn('sh', ['-c', script, 'sh', '--state', folder, '--data', sample], {
    cwd: root,
    env: { ...process.env, npm_lifecycle_event: 'start' },
  });
  await new Promise<void>((resolve, reject) => {
    npm.once('exit', () => reject(new Error('it ended before the embedded cloud was up')));
    npm.stdout.on('data', (chunk: Buffer) => {
      if (chunk.includes('The embedded cloud is up')) resolve();
    });
  });
  npm.kill('SIGKILL');
  await noProcessOf(folder);
  expect(processesOf(folder)).toEqual([]);
});

test('npm run stop ends a run', async () => {
  const { child, folder, ended } = await startUp();
  const { stdout, status } = stop(folder);
  expect(stdout).toBe(`Stopped process ${child.pid}.\n`);
  expect(status).toBe(0);
  expect((await ended).code).toBe(130);
  expect(processesOf(folder)).toEqual([]);
});

test('npm run stop does not touch a process that has taken over the id of a run', () => {
  const folder = temporaryFolder(onTestFinished);
  const stranger = spawn('sleep', ['60']);
  onTestFinished(() => void stranger.kill());
  mkdirSync(path.join(folder, 'runs/1'), { recursive: true });
  writeFileSync(path.join(folder, 'runs/1/owner.json'), JSON.stringify({ pid: stranger.pid, startTicks: '1' }));
  const { stdout, status } = stop(folder);
  expect(stdout).toBe('Nothing is running.\n');
  expect(status).toBe(0);
  expect(startTicks(stranger.pid ?? 0)).toBeDefined();
  expect(stranger.signalCode).toBeNull();
});

test('nothing outlives a start that is killed', async () => {
  const { child, folder, ended } = await startUp();
  child.kill('SIGKILL');
  await ended;
  await noProcessOf(folder);
  expect(processesOf(folder)).toEqual([]);
});

test('the end of the embedded cloud ends the start, with the log', async () => {
  const { folder, ended } = await startUp();
  const cloud = processesOf(folder).find(({ line }) => line.includes('seaworthy_cloud'));
  process.kill(cloud?.pid ?? 0, 'SIGKILL');
  const { output, code } = await ended;
  expect(output).toContain('The embedded cloud ended with SIGKILL.');
  expect(output).toMatch(/The log is .*\/logs\/cloud\.log\./);
  expect(code).toBe(1);
  expect(processesOf(folder)).toEqual([]);
});
