import path from 'node:path';
import { root } from './root.ts';

/** One command whose result is one line of the test report. */
export interface Suite {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the command writes a JUnit report; without one it counts as one test, by its exit code. */
  readonly junit?: 'pytest' | 'vitest';
}

/** The Python projects, each with its own lock file and environment. */
export const pythonProjects = ['services/model-service', 'services/trainer', 'local/cloud', 'jobs'] as const;

const bin = (name: string) => path.join(root, 'node_modules/.bin', name);
const tool = (project: string, name: string) => path.join(root, project, '.venv/bin', name);

/** Type checks and lint of both languages. */
export const checks: readonly Suite[] = [
  { name: 'types (tsc)', command: bin('tsc'), args: ['--noEmit', '-p', '.'] },
  { name: 'types of the console (tsc)', command: bin('tsc'), args: ['--noEmit', '-p', 'console'] },
  { name: 'lint (biome)', command: bin('biome'), args: ['ci', '--error-on-warnings', '.'] },
  ...pythonProjects.flatMap((project): Suite[] => [
    { name: `lint ${project} (ruff)`, command: tool(project, 'ruff'), args: ['check', '.'], cwd: project },
    {
      name: `format ${project} (ruff)`,
      command: tool(project, 'ruff'),
      args: ['format', '--check', '.'],
      cwd: project,
    },
    { name: `types ${project} (ty)`, command: tool(project, 'ty'), args: ['check', '--no-progress'], cwd: project },
  ]),
  // Its own environment has other people's servers in it and is made only by the benchmark that needs it.
  { name: 'lint bench (ruff)', command: tool('jobs', 'ruff'), args: ['check', '.'], cwd: 'bench' },
  { name: 'format bench (ruff)', command: tool('jobs', 'ruff'), args: ['format', '--check', '.'], cwd: 'bench' },
];

/** Checkers of templates that others have written; nothing of ours is in the project but their versions. */
export const strangers = 'checks';

/** Fast tests in TypeScript, then those that need Python environments: strangers' checks, and the whole path. */
export const typescriptTests: readonly Suite[] = [
  { name: 'units (vitest)', command: bin('vitest'), args: ['run', '--project', 'unit'], junit: 'vitest' },
  { name: 'strangers (vitest)', command: bin('vitest'), args: ['run', '--project', 'strangers'], junit: 'vitest' },
  {
    name: 'end to end (vitest)',
    command: bin('vitest'),
    args: ['run', '--project', 'e2e'],
    // Tasks as processes, as on a machine without Docker; the Python suites run them, and the images, in containers.
    env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' },
    junit: 'vitest',
  },
];

export const pythonTests: readonly Suite[] = pythonProjects.map((project) => ({
  name: `${project} (pytest)`,
  command: tool(project, 'python'),
  args: ['-m', 'pytest', '-q'],
  cwd: project,
  junit: 'pytest' as const,
}));
