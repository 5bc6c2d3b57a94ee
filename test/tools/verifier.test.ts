import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { formatVerifier } from '../../lambdas/patterns/audit/tlog/note.ts';
import { formatReceipt } from '../../lambdas/patterns/audit/tlog/receipt.ts';
import { readEntry } from '../../lambdas/patterns/audit/verify/entries.ts';
import { proveInclusion } from '../../lambdas/patterns/audit/verify/prove.ts';
import { root } from '../../scripts/root.ts';
import { bundleVerifier } from '../../tools/audit/bundle.ts';
import { key, logOf, sourceOf } from '../lambdas/audit/verify/logs.ts';
import { copyOf } from './copy.ts';

const run = promisify(execFile);
const publicKey = formatVerifier(key.verifier);
/** Sizes of the batches: the log has 574 entries. */
const batches = [3, 250, 20, 300, 1];
let alone: string;
let files: ReadonlyMap<string, Uint8Array>;

beforeAll(async () => {
  files = await logOf(batches);
  // Far from any node_modules: it needs Node and nothing else.
  alone = await mkdtemp(path.join(tmpdir(), 'seaworthy-verifier-'));
  await bundleVerifier(path.join(alone, 'verify.mjs'));
});
afterAll(() => rm(alone, { recursive: true }));

/** What the verifier prints, and its exit code. */
async function verify(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  try {
    const { stdout } = await run(process.execPath, ['verify.mjs', ...args, '--key', publicKey], {
      cwd: alone,
      env: {},
    });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { code, output: stdout };
  }
}

describe('the verifier that is one file', () => {
  test('verifies a copy of a log, and proves any entry and any two checkpoints', async () => {
    const folder = await copyOf(files, onTestFinished);
    const whole = await verify('log', folder);
    expect(whole).toEqual({
      code: 0,
      output: 'VERIFIED  audit.example/trail: 574 of 574 entries, 6 signed checkpoints\n',
    });
    const from = path.join(folder, 'checkpoints/000000000000253');
    expect(await verify('consistency', folder, '--from', from)).toMatchObject({
      code: 0,
      output: expect.stringContaining('CONSISTENT  the log of 574 entries and its checkpoint of 253'),
    });
    expect(await verify('entry', folder, '300')).toMatchObject({
      code: 0,
      output: expect.stringContaining('INCLUDED  entry 300 of 574'),
    });
  });

  test('says what is wrong', async () => {
    const folder = await copyOf(files, onTestFinished);
    const bundle = path.join(folder, 'tile/entries/001');
    const bytes = await readFile(bundle);
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    await writeFile(bundle, bytes);
    const { code, output } = await verify('log', folder);
    expect(code).toBe(1);
    expect(output).toContain('WRONG  entry-changed: entry 257: its hash in tile/entries/001');
    expect(output).toContain('NOT VERIFIED');
    expect(await verify('entry', folder, '257')).toMatchObject({ code: 1, output: expect.stringContaining('WRONG') });
  });

  test('finds by a checkpoint that was kept that a log was cut', async () => {
    const kept = await copyOf(files, onTestFinished);
    const cut = await copyOf(await logOf(batches.slice(0, 2)), onTestFinished);
    expect(await verify('log', cut)).toMatchObject({ code: 0 });
    const checkpoint = path.join(kept, 'checkpoint');
    const { code, output } = await verify('log', cut, '--checkpoint', checkpoint);
    expect(code).toBe(1);
    expect(output).toContain('WRONG  rolled-back: checkpoint: it is of 253 entries');
    expect(await verify('consistency', cut, '--from', checkpoint)).toMatchObject({
      code: 1,
      output: expect.stringContaining('contradict each other'),
    });
  });

  test('checks a receipt without the log', async () => {
    const source = sourceOf(files);
    const receipt = {
      index: 41,
      entry: await readEntry(source, 41, 574),
      proof: await proveInclusion(source, 41, 574),
      checkpoint: Buffer.from(files.get('checkpoint') ?? []).toString(),
    };
    await writeFile(path.join(alone, 'receipt'), formatReceipt(receipt));
    expect(await verify('receipt', 'receipt')).toEqual({
      code: 0,
      output: 'INCLUDED  entry 41 of audit.example/trail, which had 574 entries\n',
    });
    await writeFile(path.join(alone, 'receipt'), formatReceipt({ ...receipt, index: 42 }));
    expect(await verify('receipt', 'receipt')).toMatchObject({ code: 1 });
  });

  test('says how it is used', async () => {
    expect(await verify('log')).toMatchObject({ code: 2, output: expect.stringContaining('Usage: node verify.mjs') });
    expect(await verify('bless', '.')).toMatchObject({ code: 2 });
  });
});

const go = await run('go', ['version']).then(
  () => true,
  () => false,
);

describe.skipIf(!go)('the code behind Go’s checksum database (needs Go, and its module proxy)', () => {
  const peer = (folder: string) =>
    run('go', ['run', '.', folder, publicKey], { cwd: path.join(root, 'test/tools/peer') });

  test('finds every entry, every tile and every checkpoint right', async () => {
    const { stdout } = await peer(await copyOf(files, onTestFinished));
    expect(stdout).toBe('peer: 574 entries and 5 checkpoints are right\n');
  });

  test('would find a changed entry', async () => {
    const changed = new Map(files);
    changed.set('tile/entries/000', (files.get('tile/entries/000') as Uint8Array).with(4, 0));
    await expect(peer(await copyOf(changed, onTestFinished))).rejects.toThrow('peer: WRONG');
  });
});
