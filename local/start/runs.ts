import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** One `npm start`, with a folder of its own: two of them do not get into each other's way. */
export interface Run {
  readonly folder: string;
  readonly logs: string;
}

interface Owner {
  readonly pid: number;
  /** Start time of the process in clock ticks since boot: tells it from a later one with the same id. */
  readonly startTicks: string;
}

/** Makes the folder of a new run, and clears away the folders of runs that are over. */
export function createRun(state: string): Run {
  for (const over of listRuns(state).filter((run) => !run.alive)) removeFolder(over.folder);
  const folder = path.join(state, 'runs', String(process.pid));
  removeFolder(folder);
  const logs = path.join(folder, 'logs');
  mkdirSync(logs, { recursive: true });
  const owner: Owner = { pid: process.pid, startTicks: startTicks(process.pid) ?? '' };
  writeFileSync(path.join(folder, 'owner.json'), JSON.stringify(owner));
  return { folder, logs };
}

/** Removes what takes room and is of no use after the run; the logs and the report stay until the next start. */
export function closeRun({ folder, logs }: Run): void {
  const tasks = path.join(folder, 'cloud/tasks');
  if (existsSync(tasks)) renameSync(tasks, path.join(logs, 'tasks'));
  for (const name of ['cloud', 'home', 'cdk.out', 'owner.json']) removeFolder(path.join(folder, name));
}

/** The runs that have left a folder, and whether the process that owns each still lives. */
export function listRuns(state: string): { folder: string; pid: number; alive: boolean }[] {
  const runs = path.join(state, 'runs');
  return names(runs).map((name) => {
    const folder = path.join(runs, name);
    const owner = readOwner(folder);
    const alive = owner !== undefined && owner.startTicks === startTicks(owner.pid);
    return { folder, pid: owner?.pid ?? 0, alive };
  });
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // No run has been made yet.
    return [];
  }
}

function readOwner(folder: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'owner.json'), 'utf8')) as Owner;
  } catch {
    // The run was closed, or was killed while it wrote: either way nobody owns it.
    return undefined;
  }
}

/** Field 22 of `/proc/<pid>/stat`; undefined if there is no such process. */
export function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the command's name, may hold anything; it ends at the last bracket.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
