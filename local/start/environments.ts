import path from 'node:path';
import { findUv as findAnyUv, type Python, PythonError, syncProject } from '../../scripts/python.ts';
import { Failure } from './failure.ts';
import type { Run } from './runs.ts';
import { say } from './say.ts';

/** Brings a project's Python environment to what its lock file says. */
export type SetUpEnvironment = (project: string, signal: AbortSignal) => Promise<void>;

/** The uv to work with, see `scripts/python.ts`. */
export function findUv(python: Python, run: Run, signal: AbortSignal): Promise<string> {
  const log = path.join(run.logs, 'uv.log');
  return naming(log, findAnyUv(python, { log, signal }));
}

export function environments(uv: string, python: Python, run: Run): SetUpEnvironment {
  return async (project, signal) => {
    const log = path.join(run.logs, `python-${project.replaceAll('/', '-')}.log`);
    await naming(log, syncProject(uv, python, project, { log, signal }));
    say('python', `The environment of ${project} is ready`);
  };
}

/** Adds the place of the log to what goes wrong with Python. */
export async function naming<Result>(log: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof PythonError ? new Failure(error.message, log) : error;
  }
}
