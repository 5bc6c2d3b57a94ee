import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../../scripts/root.ts';

const sample = path.join(root, 'test/data/loans-sample.csv');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'seaworthy-history-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The command as a user gives it: the file's arrival in the embedded S3 starts the job. */
function history(csv: string): Promise<{ code: number; output: string }> {
  const args = ['local/start/history.ts', '--data', csv, '--state', path.join(folder, 'state')];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: root }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

test('loans that arrive go through the gate into the table', async () => {
  const loans = (await readFile(sample, 'utf8')).trim().split('\n').length - 1;
  const { code, output } = await history(sample);
  expect(output).toMatch(new RegExp(`loans-sample.csv: ${loans} rows, 0 of \\d+ rules not held`));
  expect(output).toMatch(new RegExp(`${loans} loans added and 0 changed in snapshot \\d+`));
  expect(code).toBe(0);
});

test('a bad file is stopped, with its reasons and its report', async () => {
  const bad = path.join(folder, 'bad.csv');
  await writeFile(bad, (await readFile(sample, 'utf8')).replaceAll(',1997,', ',97,'));
  const { code, output } = await history(bad);
  expect(output).toMatch(
    /QualityError: 1 files were stopped, see s3:\S+\/runs\/reports\/\S+\.json: bad\.csv: fiscalYear/,
  );
  expect(output).not.toMatch(/loans added/);
  expect(code).toBe(1);
});
