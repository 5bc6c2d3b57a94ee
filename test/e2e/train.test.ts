import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../scripts/root.ts';

test('npm run train goes from a snapshot of the history to a champion, from it to another, and both are made again to the bit', {
  timeout: 900_000,
}, async () => {
  const state = await mkdtemp(path.join(tmpdir(), 'seaworthy-train-'));
  const args = [
    'local/start/train.ts',
    '--transfer',
    '2002',
    '--history',
    '--data',
    'test/data/loans-sample.csv',
    '--state',
    state,
  ];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  await rm(state, { recursive: true, force: true });
  expect(code, output).toBe(0);
  const steps = [...output.matchAll(/step (\w+)/g)].map(([, step]) => step);
  const way = 'Prepare Search Refit Transfer Calibrate Evaluate Register Approve'.split(' ');
  expect(steps.filter((step) => step !== 'Worker')).toEqual([...way, ...way]);
  expect([...output.matchAll(/trial \d+ by worker ([01])/g)].length).toBeGreaterThanOrEqual(48);
  expect(output).toMatch(/(v\w{12}) is approved by \w+:second-person[\s\S]*\1 is the champion/);
  const versions = [...output.matchAll(/(v\w{12}) is the champion; /g)].map(([, version]) => version);
  expect(new Set(versions).size).toBe(2);
  const again = [...output.matchAll(/(v\w{12}) was made again: \d{3,} numbers of its card are the same/g)];
  expect(again.map(([, version]) => version)).toEqual(versions);
  const promoted = output.matchAll(
    /audit .*:second-person made the model (v\w{12}) the champion: approved, for the run /g,
  );
  expect([...promoted].map(([, version]) => version)).toEqual(versions);
});
