import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { formatVerifier } from '../../lambdas/patterns/audit/tlog/note.ts';
import { key, logOf } from '../lambdas/audit/verify/logs.ts';
import { copyOf } from '../tools/copy.ts';

const run = promisify(execFile);
const fsck = 'github.com/transparency-dev/tessera/cmd/fsck@v1.0.4';
const go = await run('go', ['version']).then(
  () => true,
  () => false,
);

/** On damage it says nothing more, and may never end. Milliseconds. */
const patience = 20_000;

/** What Tessera's own check says of a log. Its exit code is 0 on damage too: only its words tell. */
async function check(program: string, files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const folder = await copyOf(files, onTestFinished);
  await writeFile(`${folder}/key`, formatVerifier(key.verifier));
  const args = [`--storage_url=file://${folder}/`, `--public_key=${folder}/key`, '--ui=false'];
  const checking = run(program, args, { timeout: patience });
  const { stdout, stderr } = await checking.catch((error: { stdout: string; stderr: string }) => error);
  return stdout + stderr;
}

describe.skipIf(!go)('Tessera’s fsck (needs Go, and its module proxy)', () => {
  test('finds the log right, and would find a changed entry', async () => {
    const bin = await mkdtemp(path.join(tmpdir(), 'seaworthy-fsck-'));
    onTestFinished(() => rm(bin, { recursive: true }));
    await run('go', ['install', fsck], { env: { ...process.env, GOBIN: bin } });
    const program = path.join(bin, 'fsck');
    const files = await logOf([3, 250, 20, 300, 1]);
    expect(await check(program, files)).toContain("Successfully fsck'd log with size 574");
    const changed = new Map(files);
    changed.set('tile/entries/000', (files.get('tile/entries/000') as Uint8Array).with(4, 0));
    const found = await check(program, changed);
    expect(found).toContain('checking log of size 574');
    expect(found).not.toContain('Successfully');
  });
});
