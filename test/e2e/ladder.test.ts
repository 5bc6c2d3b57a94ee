import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../../scripts/root.ts';
import { type Platform, startPlatform } from './platform.ts';

// `npm run drill` does and looks at all of it: the fault in what runs, each answer's rung and why, the metric, the alarm,
// the audit log, and that a decision is made once. One platform serves all the drills.

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform(20);
});
afterAll(() => platform?.interrupt());

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the command. @param interruptAt text in its output on which it is interrupted, as by Ctrl-C */
function drill(args: readonly string[], interruptAt?: string): Promise<Ended> {
  const command = ['tools/drill/main.ts', ...args, '--endpoint', platform.report.addresses.cloud];
  const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      const before = output;
      output += chunk.toString();
      if (interruptAt && output.includes(interruptAt) && !before.includes(interruptAt)) child.kill('SIGINT');
    });
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

test('a drill that is interrupted mends the platform before it ends', async () => {
  const { code, output } = await drill(['--rung', 'rules'], 'sending applications');
  expect(output).toContain('Interrupted; the platform is as it was before.');
  expect(code).toBe(130);
  expect((await fetch(`${platform.report.addresses.modelService}/health`)).status).toBe(200);
});

// Each looks at the metric that the rung's alarm watches; that it rings (--alarm) takes minutes, by hand.
test.each(['scorecard', 'rules', 'person', 'refusal', 'model'])('the drill of the rung %s', async (rung) => {
  const { code, output } = await drill(['--rung', rung]);
  expect(output).not.toContain('FAILED');
  expect(output).toContain('All of it holds.');
  expect(code).toBe(0);
});
