import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fetchLoans, type Loans } from '../local/start/data.ts';
import { prepareReplay } from '../local/start/replay.ts';
import type { Run } from '../local/start/runs.ts';
import { trainer } from '../local/start/trainer.ts';
import { findPython, findUv, syncProject } from '../scripts/python.ts';
import { root } from '../scripts/root.ts';

/** A model of the real loan history in a registry of its own, and applications to score. */
export interface TrainedModel {
  /** Address of the registry. */
  readonly registry: string;
  /** Address of the public half of the key that signs its versions. */
  readonly publicKey: string;
  /** Folder of the champion. */
  readonly version: string;
  /** File of applications, one JSON document a line. */
  readonly applications: string;
}

/** Brings Python projects to what their lock files say, without their tools of development. */
export async function setUp(...projects: readonly string[]): Promise<void> {
  const python = await findPython();
  const uv = await findUv(python);
  for (const project of projects) await syncProject(uv, python, project, {});
}

/** The file of the loan history, fetched if it is not there yet. @param run takes the logs */
export async function loanHistory(run: Run): Promise<Loans> {
  mkdirSync(run.logs, { recursive: true });
  const python = await findPython();
  const { signal } = new AbortController();
  return fetchLoans(path.join(root, '.state'), await findUv(python), python, run, signal);
}

/**
 * Trains a model as `npm start` does, without a cloud.
 *
 * @param folder for everything that it makes
 * @param limit number of applications, an even sample over the years
 */
export async function trainedModel(folder: string, limit: number): Promise<TrainedModel> {
  const run: Run = { folder, logs: path.join(folder, 'logs') };
  const loans = await loanHistory(run);
  const train = trainer(run, undefined, new AbortController().signal);
  const { applications } = await prepareReplay(run, loans, limit, train);
  const registry = path.join(folder, 'registry');
  const features = path.join(root, 'schemas/features.json');
  const places = ['--csv', loans.csv, '--features', features, '--registry', `file://${registry}`];
  const { privateKey, publicKey } = signingKey(folder);
  const signed = [...places, '--signing-key', privateKey];
  const { version } = await train<{ version: string }>('train', [...signed, '--promote']);
  return { registry: `file://${registry}`, publicKey, version: path.join(registry, version), applications };
}

/** A new key pair on P-256, as files in a folder. @returns the files' addresses */
function signingKey(folder: string): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const files = { private: path.join(folder, 'private.pem'), public: path.join(folder, 'public.pem') };
  writeFileSync(files.private, privateKey, { mode: 0o600 });
  writeFileSync(files.public, publicKey);
  return { privateKey: `file://${files.private}`, publicKey: `file://${files.public}` };
}
