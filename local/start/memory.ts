import { readdirSync, readFileSync } from 'node:fs';

/** Measures the memory of this process and all that it has started. */
export interface MemoryMeter {
  /** The largest sum so far, in bytes. */
  peak(): number;
  stop(): void;
}

const pageBytes = 4096;

/** Looks once a second. The sum counts a page that processes share once for each of them. */
export function meterMemory(): MemoryMeter {
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, residentBytes(process.pid));
  };
  const timer = setInterval(look, 1_000).unref();
  look();
  return { peak: () => peak, stop: () => clearInterval(timer) };
}

/** Sum of the resident memory of a process and its descendants, in bytes. */
export function residentBytes(pid: number): number {
  const processes = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readStat(name) : []));
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const tree = processes.filter((process) => process.pid === pid);
  // The list grows while it is gone through: each process brings its children.
  for (const process of tree) tree.push(...(children.get(process.pid) ?? []));
  return tree.reduce((sum, { bytes }) => sum + bytes, 0);
}

function readStat(name: string): { pid: number; parent: number; bytes: number }[] {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    // The second field, the command's name, may hold anything; it ends at the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [{ pid: Number(name), parent: Number(fields[1]), bytes: Number(fields[21]) * pageBytes }];
  } catch {
    // It ended between the two looks.
    return [];
  }
}
