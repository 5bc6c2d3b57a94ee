import { spawn } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { parseArguments, parseHistoryArguments } from '../../../local/start/arguments.ts';
import { parseEvent } from '../../../local/start/deploy.ts';
import { residentBytes } from '../../../local/start/memory.ts';
import { localApiUrl, parseOutputs } from '../../../local/start/outputs.ts';
import { diskProblem, nodeProblem, systemProblem } from '../../../local/start/prerequisites.ts';
import { byYear, histogram, percentiles } from '../../../local/start/statistics.ts';
import { together } from '../../../local/start/together.ts';

test('the command line has the defaults that the README tells', () => {
  expect(parseArguments([])).toMatchObject({ exit: false, applications: 2000, report: undefined, port: undefined });
  expect(parseArguments(['--applications', 'all', '--exit'])).toMatchObject({ exit: true, applications: undefined });
});

test('the history has options of its own, and refuses those of a start with its own help', () => {
  expect(parseHistoryArguments(['--port', '4000'])).toMatchObject({ port: 4000, data: undefined, help: false });
  expect(() => parseHistoryArguments(['--exit'])).toThrow('Unknown option --exit: see npm run history -- --help.');
  expect(() => parseHistoryArguments(['--port', 'many'])).toThrow(
    '--port is many: give a whole number from 1 to 65535.',
  );
});

test('too little disk is told with the folder, what is free and what is needed', async () => {
  const { bavail, bsize } = statfsSync(tmpdir());
  const folder = `${tmpdir()}/not/there/yet`;
  expect(await diskProblem(folder, bavail * bsize * 4)).toMatch(
    new RegExp(`^[\\d.]+ GB are free on the disk of ${folder} and [\\d.]+ GB are needed: free some, or give a folder`),
  );
  expect(await diskProblem(folder, 1)).toBeUndefined();
});

test('another system or an older Node is named', () => {
  expect(systemProblem('darwin')).toContain('runs on Linux and this is darwin');
  expect(systemProblem('linux')).toBeUndefined();
  expect(nodeProblem('22.12.0')).toContain('This is Node 22.12.0: start by `npm start`');
  expect(nodeProblem('24.0.0')).toBeUndefined();
});

test('an event line of the toolkit is read, with its reason', () => {
  expect(
    parseEvent(
      'SeaworthyServing |  3/52 | 10:20:11 AM | CREATE_FAILED        | AWS::ECS::Service | Service (S1) no | image',
    ),
  ).toEqual({
    stack: 'SeaworthyServing',
    progress: '3/52',
    status: 'CREATE_FAILED',
    type: 'AWS::ECS::Service',
    detail: 'Service (S1) no|image',
  });
  expect(parseEvent('SeaworthyServing: deploying... [1/6]')).toBeUndefined();
});

test('a missing output is named', () => {
  expect(() => parseOutputs({ SeaworthyFoundation: { AuditBucketName: 'a' } })).toThrow(
    'The stack SeaworthyFoundation has no output AuditQueueUrl',
  );
});

test('the API is reached under the endpoint of the embedded cloud', () => {
  const local = 'http://127.0.0.1:1/_aws/execute-api/abc/$default';
  expect(localApiUrl('https://abc.execute-api.eu-west-2.amazonaws.com', 'http://127.0.0.1:1')).toBe(local);
  expect(localApiUrl(`${local}/`, 'http://127.0.0.1:1')).toBe(local);
});

test('percentiles are by nearest rank', () => {
  const values = Array.from({ length: 200 }, (_, index) => index + 1).toReversed();
  expect(percentiles(values)).toEqual({ p50: 100, p95: 190, p99: 198 });
  expect(percentiles([])).toEqual({ p50: 0, p95: 0, p99: 0 });
});

test('the histogram has each value in one bar', () => {
  expect(histogram([0, 15, 16, 70], 16)).toEqual([
    { from: 0, to: 16, count: 2 },
    { from: 16, to: 32, count: 1 },
    { from: 32, to: 64, count: 0 },
    { from: 64, to: 128, count: 1 },
  ]);
});

test('years have their outcomes, the share that went bad and what the model thought', () => {
  const decided = (
    applicationId: string,
    submittedAt: string,
    outcome: 'approved' | 'declined',
    probability: number | null,
  ) => ({ applicationId, submittedAt, outcome, probability }) as const;
  const decisions = [
    decided('b', '2005-03-01', 'declined', 0.5),
    decided('a', '2004-01-01', 'approved', 0.1),
    decided('c', '2005-04-01', 'approved', null),
  ];
  expect(
    byYear(
      decisions,
      new Map([
        ['b', { defaulted: true }],
        ['c', { defaulted: false }],
      ]),
    ),
  ).toEqual([
    { year: '2004', approved: 1, declined: 0, referred: 0, badRate: null, meanProbability: 0.1 },
    { year: '2005', approved: 1, declined: 1, referred: 0, badRate: 0.5, meanProbability: 0.5 },
  ]);
});

test('memory is that of a process and its descendants', async () => {
  const script = 'exec python3 -c "x = bytearray(b\'x\' * 80_000_000); print(1, flush=True); input()"';
  const child = spawn('sh', ['-c', `sh -c '${script.replaceAll("'", "'\\''")}'; true`]);
  onTestFinished(() => void child.stdin.end());
  await new Promise((resolve) => child.stdout.once('data', resolve));
  // The bytes are held two processes below the child; this process, whose memory comes and goes, is not among them.
  const held = residentBytes(child.pid ?? 0);
  expect(held).toBeGreaterThan(80_000_000);
  expect(held).toBeLessThan(160_000_000);
});

test('what goes on together ends together, and the first failure is the one that is told', async () => {
  let ended = false;
  const failing = together(new AbortController().signal, (signal) => [
    Promise.reject(new Error('first')),
    sleep(60_000, undefined, { signal }).finally(() => {
      ended = true;
    }),
  ]);
  await expect(failing).rejects.toThrow('first');
  expect(ended).toBe(true);
});

test('what goes on together gives its results in order', async () => {
  const works = together(new AbortController().signal, () => [sleep(5, 'slow'), Promise.resolve(7)]);
  expect(await works).toEqual(['slow', 7]);
});
