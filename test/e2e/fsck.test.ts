import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
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

/** What Tessera's own check says of a log. It ends with 0 on damage too: only its words tell. */
async function check(files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const folder = await copyOf(files, onTestFinished);
  await writeFile(`${folder}/key`, formatVerifier(key.verifier));
  const args = ['run', fsck, `--storage_url=file://${folder}/`, `--public_key=${folder}/key`, '--ui=false'];
  const { stdout, stderr } = await run('go', args).catch((error: { stdout: string; stderr: string }) => error);
  return stdout + stderr;
}

describe.skipIf(!go)('Tessera’s fsck (needs Go, and its module proxy)', () => {
  test('finds the log right, and would find a changed entry', async () => {
    const files = await logOf([3, 250, 20, 300, 1]);
    expect(await check(files)).toContain("Successfully fsck'd log with size 574");
    const changed = new Map(files);
    changed.set('tile/entries/000', (files.get('tile/entries/000') as Uint8Array).with(4, 0));
    const found = await check(changed);
    expect(found).toContain('checking log of size 574');
    expect(found).not.toContain('Successfully');
  });
});
