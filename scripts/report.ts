import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { command } from './command.ts';
import { noTests, type Tally, tally } from './junit.ts';
import { root } from './root.ts';
import type { Suite } from './suites.ts';

const reports = path.join(root, '.state/tests');

/**
 * Runs one suite, prints its line, and the whole output of a suite that failed.
 *
 * A suite that dies before it has counted its tests counts as one failure: it must never look like a pass.
 */
export async function runSuite(suite: Suite): Promise<Tally> {
  await mkdir(reports, { recursive: true });
  const base = path.join(reports, suite.name.replaceAll(/[^a-z0-9]+/gi, '-'));
  const [log, xml] = [`${base}.log`, `${base}.xml`];
  await Promise.all([xml, log].map((file) => rm(file, { force: true })));
  const started = performance.now();
  const outcome = await command(suite.command, [...suite.args, ...junitArguments(suite, xml)], {
    cwd: path.join(root, suite.cwd ?? ''),
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...suite.env },
    log,
  });
  const seconds = (performance.now() - started) / 1000;
  const counted = await count(suite, outcome.code, xml);
  const verdict = outcome.code === 0 ? 'ok    ' : 'FAILED';
  console.log(`${verdict} ${suite.name}: ${counted.passed} passed, ${counted.failed} failed, ${seconds.toFixed(1)} s`);
  if (outcome.code !== 0) console.log(await readFile(log, 'utf8').catch(() => outcome.stderr.join('\n')));
  return counted;
}

function junitArguments(suite: Suite, xml: string): string[] {
  if (suite.junit === 'pytest') return [`--junitxml=${xml}`];
  if (suite.junit === 'vitest') return ['--reporter=default', '--reporter=junit', `--outputFile.junit=${xml}`];
  return [];
}

async function count(suite: Suite, code: number, xml: string): Promise<Tally> {
  const failed = { ...noTests, failed: 1 };
  if (!suite.junit) return code === 0 ? { ...noTests, passed: 1 } : failed;
  const found = await readFile(xml, 'utf8').then(tally, () => noTests);
  const ran = found.passed + found.failed + found.skipped > 0;
  return ran && (code === 0 || found.failed > 0) ? found : { ...found, failed: found.failed + 1 };
}
