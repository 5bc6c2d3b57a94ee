import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { command } from '../../scripts/command.ts';
import { findPython, findUv, need } from '../../scripts/python.ts';

vi.setConfig({ testTimeout: 60_000 });

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'seaworthy-command-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a command hands back its code, what it said, and its log', async () => {
  const log = path.join(temporaryFolder(), 'log');
  const lines: string[] = [];
  const script = 'echo out; echo first >&2; echo last >&2; exit 3';
  const result = await command('sh', ['-c', script], { log, onLine: (line) => lines.push(line) });
  expect(result).toEqual({ code: 3, stdout: 'out\n', stderr: ['first', 'last'] });
  expect(lines).toEqual(['first', 'last']);
  expect(readFileSync(log, 'utf8')).toContain('last\n');
});

test('a program that is not there has code 127 and says so', async () => {
  const { code, stderr } = await command('/no/such/program', []);
  expect(code).toBe(127);
  expect(stderr.at(-1)).toContain('ENOENT');
});

test.each([
  ['heeds', ''],
  ['does not heed', "trap '' TERM;"],
])('an aborted command that %s the request ends with all that it has started', async (_, trap) => {
  const file = path.join(temporaryFolder(), 'pid');
  const ending = new AbortController();
  const stubborn = `sh -c 'trap "" TERM; echo $$ > ${file}; while :; do sleep 0.1; done'`;
  const running = command('sh', ['-c', `${trap} ${stubborn} & wait; sleep 60`], { signal: ending.signal });
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') await sleep(20);
  ending.abort();
  expect((await running).code).toBe(128);
  const started = readFileSync(file, 'utf8').trim();
  while (existsSync(`/proc/${started}`)) await sleep(20);
});

test('a uv on PATH of the pinned line is used', async () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'uv'), '#!/bin/sh\necho "uv 0.13.99 (x86_64-unknown-linux-gnu)"\n', { mode: 0o755 });
  const python = await findPython();
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await findUv(python)).toBe('uv');
});

test.each([
  [
    'error: Failed to fetch: `https://x/y`\n  Caused by: dns error: no such host',
    /^can't get it: the download failed \(dns error: no such host\)\. Check the network/,
  ],
  ['error: the lock file is broken', /^can't get it: the lock file is broken$/],
])('what a tool says last is the reason: %s', async (said, sentence) => {
  await expect(need('sh', ['-c', `echo '${said}' >&2; exit 1`], "can't get it")).rejects.toThrow(sentence);
});
