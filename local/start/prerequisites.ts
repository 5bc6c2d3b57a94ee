import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { command } from '../../scripts/command.ts';
import { findPython, type Python, PythonError } from '../../scripts/python.ts';
import { Failure } from './failure.ts';
import { portProblem } from './ports.ts';

/** Environments 1.2 GB, loan history 0.5 GB with its copy in the embedded S3, downloads and room to work. */
const diskNeeded = 4e9;

export interface Requirements {
  readonly state: string;
  readonly port: number | undefined;
}

/**
 * Checks what the machine must have, before anything is written.
 *
 * @throws Failure with a sentence for each thing that is missing
 */
export async function checkPrerequisites({ state, port }: Requirements): Promise<Python> {
  const python = await findPython().catch((error: unknown) => {
    if (error instanceof PythonError) return error.message;
    throw error;
  });
  const problems = [
    systemProblem(process.platform),
    nodeProblem(process.versions.node),
    typeof python === 'string' ? python : undefined,
    await javaProblem(),
    await diskProblem(state, diskNeeded),
    port === undefined ? undefined : await portProblem(port),
  ].filter((problem) => problem !== undefined);
  if (typeof python === 'string' || problems.length > 0) throw new Failure(problems.join('\n'));
  return python;
}

export function systemProblem(platform: NodeJS.Platform): string | undefined {
  if (platform === 'linux') return undefined;
  return `The embedded cloud runs on Linux and this is ${platform}: use a Linux machine, a virtual one will do.`;
}

export function nodeProblem(version: string): string | undefined {
  if (Number.parseInt(version, 10) >= 24) return undefined;
  return `This is Node ${version}: start by \`npm start\`, which uses the Node 24 that \`npm ci\` installs on Linux.`;
}

async function javaProblem(): Promise<string | undefined> {
  const remedy = 'The Spark jobs need it: install it, for instance by `apt-get install openjdk-17-jre-headless`.';
  const { code, stderr } = await command('java', ['-version']);
  if (code !== 0) return `Java 17 or newer is needed and \`java\` was not found on PATH. ${remedy}`;
  const version = stderr.map((line) => /version "([^"]+)"/.exec(line)?.[1]).find(Boolean);
  if (version !== undefined && Number.parseInt(version, 10) >= 17) return undefined;
  return `Java 17 or newer is needed and \`java\` is ${version ?? 'of an unknown version'}. ${remedy}`;
}

/** @param needed bytes that must be free in the file system of the folder, which need not be there yet */
export async function diskProblem(folder: string, needed: number): Promise<string | undefined> {
  let existing = folder;
  while (!existsSync(existing)) existing = path.dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  const free = bavail * bsize;
  if (free >= needed) return undefined;
  return `${gigabytes(free)} are free on the disk of ${folder} and ${gigabytes(needed)} are needed: free some, or give a folder elsewhere by --state DIR.`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
