import { readdirSync, readFileSync } from 'node:fs';

/** What a process uses: resident memory in bytes, and processor seconds so far with those of its ended children. */
export interface ProcessUse {
  readonly pid: number;
  readonly parent: number;
  readonly bytes: number;
  readonly cpuSeconds: number;
}

const pageBytes = 4096;
/** Linux counts processor time for users in hundredths of a second, whatever its own clock is. */
const ticksPerSecond = 100;

/** A process and its descendants that run now. */
export function processTree(pid: number): ProcessUse[] {
  const processes = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readStat(name) : []));
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const tree = processes.filter((process) => process.pid === pid);
  // The list grows while it is gone through: each process brings its children.
  for (const process of tree) tree.push(...(children.get(process.pid) ?? []));
  return tree;
}

function readStat(name: string): ProcessUse[] {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    // The second field, the command's name, may hold anything; it ends at the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return [
      {
        pid: Number(name),
        parent: Number(fields[1]),
        bytes: Number(fields[21]) * pageBytes,
        cpuSeconds: ticks / ticksPerSecond,
      },
    ];
  } catch {
    // It ended between the two looks.
    return [];
  }
}
