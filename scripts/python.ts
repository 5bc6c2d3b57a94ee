// Sets up the Python environments from their lock files. Run by itself it sets up all of them.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommandResult, command } from './command.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const requirements = path.join(root, 'scripts/uv-requirements.txt');
const oldest = [3, 11] as const;

/** An interpreter of this machine. */
export interface Python {
  /** Its real path, behind any shim. */
  readonly executable: string;
  /** Such as `3.11.7`. */
  readonly version: string;
}

export interface SetUpOptions {
  /** Whether the tools of development (linters, test runner) are wanted too. */
  readonly development?: boolean;
  /** File that takes the tools' output. */
  readonly log?: string;
  readonly signal?: AbortSignal;
}

/** What the machine lacks for the Python environments, in a sentence for the user. */
export class PythonError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PythonError';
  }
}

/**
 * Brings the environment (`.venv`) of each project to what its `uv.lock` says, side by side.
 *
 * @param projects folders from the root of the repository
 * @throws PythonError
 */
export async function setUpPython(projects: readonly string[]): Promise<void> {
  const python = await findPython();
  const uv = await findUv(python);
  await Promise.all(
    projects.map(async (project) => {
      const started = performance.now();
      await syncProject(uv, python, project, { development: true });
      console.log(`  ${project}: ready in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    }),
  );
}

/**
 * The first Python on PATH that is new enough and can make environments.
 *
 * @throws PythonError
 */
export async function findPython(): Promise<Python> {
  const probe = 'import sys, venv, ensurepip; print(sys.executable); print("%d.%d.%d" % sys.version_info[:3])';
  const seen: string[] = [];
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python']) {
    const { code, stdout, stderr } = await command(name, ['-c', probe]);
    const [executable, version] = stdout.trim().split('\n');
    if (code === 0 && executable && version && isNewEnough(version)) return { executable, version };
    if (version) seen.push(`${name} is ${version}`);
    else if (code !== 127) seen.push(`${name} can't make environments (${stderr.at(-1) ?? `exit code ${code}`})`);
  }
  const found = seen.length > 0 ? seen.join(', ') : 'none was found on PATH';
  throw new PythonError(
    `Python ${oldest.join('.')} or newer with venv is needed and ${found}: install it, for instance by \`apt-get install python3 python3-venv\`.`,
  );
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

/**
 * The uv on PATH if it is of the pinned version line, else the pinned one, put into `.state/uv`.
 *
 * @throws PythonError
 */
export async function findUv(python: Python, options: SetUpOptions = {}): Promise<string> {
  const pinned = pinnedUv();
  const onPath = await command('uv', ['--version']);
  if (onPath.stdout.startsWith(`uv ${pinned.split('.').slice(0, 2).join('.')}.`)) return 'uv';
  const folder = path.join(root, '.state/uv', pinned);
  const uv = path.join(folder, 'bin/uv');
  if (existsSync(uv) && (await command(uv, ['--version'])).code === 0) return uv;
  mkdirSync(path.dirname(folder), { recursive: true });
  await need(python.executable, ['-m', 'venv', '--clear', folder], "can't make an environment for uv", options);
  const pip = ['-m', 'pip', 'install', '--quiet', '--require-hashes', '--no-deps', '--only-binary', ':all:'];
  await need(path.join(folder, 'bin/python'), [...pip, '-r', requirements], `can't install uv ${pinned}`, options);
  return uv;
}

function pinnedUv(): string {
  const version = /^uv==(\S+)/m.exec(readFileSync(requirements, 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${requirements} pins no uv`);
  return version;
}

/**
 * Brings one project's environment to what its `uv.lock` says.
 *
 * @throws PythonError
 */
export async function syncProject(uv: string, python: Python, project: string, options: SetUpOptions): Promise<void> {
  // Without the tools of development nothing is removed either: they may be there for the tests.
  const groups = options.development ? [] : ['--no-dev', '--inexact'];
  const args = ['sync', '--frozen', '--python', python.executable, '--project', path.join(root, project), ...groups];
  await need(uv, args, `can't set up the Python environment of ${project}`, options);
}

/** Runs uv, Python or pip with the caller's environment, which has the machine's certificates and proxies. */
export async function need(
  file: string,
  args: readonly string[],
  problem: string,
  options: SetUpOptions = {},
): Promise<void> {
  const result = await command(file, args, {
    env: { ...process.env, ...uvEnvironment },
    ...(options.log !== undefined && { log: options.log }),
    ...(options.signal && { signal: options.signal }),
  });
  if (result.code !== 0) throw new PythonError(`${problem}: ${reasonOf(result)}`);
}

const uvEnvironment = {
  UV_PYTHON_DOWNLOADS: 'never',
  UV_SYSTEM_CERTS: '1',
  UV_NO_PROGRESS: '1',
  VIRTUAL_ENV: undefined,
};

const networkTrouble =
  /connection refused|timed? ?out|dns error|resolve|unreachable|tunnel|certificate|40[137]|50[234]/i;

/** The innermost cause that a tool names, and what to do if it is the network's. */
function reasonOf({ code, stderr }: CommandResult): string {
  const lines = stderr.map((line) => line.replace(/^[\s│╰╭─▶×]*(error:|cause:|caused by:)?\s*/i, '')).filter(Boolean);
  const last = lines.at(-1) ?? `exit code ${code}`;
  const trouble = lines.find((line) => networkTrouble.test(line));
  if (trouble === undefined) return last;
  const remedy =
    'Check the network, the proxy (HTTPS_PROXY) and the certificates (SSL_CERT_FILE), or name a mirror (PIP_INDEX_URL, UV_DEFAULT_INDEX).';
  return `the download failed (${trouble}). ${remedy}`;
}

if (import.meta.main) {
  const { pythonProjects, strangers } = await import('./suites.ts');
  await setUpPython([...pythonProjects, strangers]);
}
