import type { Checkpoint } from '../tlog/checkpoint.ts';
import { equal, type Hash } from '../tlog/hash.ts';
import type { Verifier } from '../tlog/note.ts';
import { decodeHashes, hashesAt, levelsOf, tileAt, tilePath, tileWidth } from '../tlog/tiles.ts';
import { decoded } from './bundles.ts';
import { type FoundCheckpoint, type KeptCheckpoint, readHeads } from './heads.ts';
import type { Finding, LogSource } from './source.ts';
import { type Walked, walk } from './walk.ts';

/** What was found of a log. It is what it says it is if nothing was. */
export interface Verdict {
  /** The largest checkpoint that the log's key has signed, or undefined if there is none. */
  readonly checkpoint: Checkpoint | undefined;
  /** Signed checkpoints that the entries were compared with. */
  readonly checkpoints: number;
  /** Entries that were read and hashed. */
  readonly entries: number;
  readonly findings: readonly Finding[];
}

/**
 * Verifies a whole log: every signature, every entry, every tile of its newest tree, and that each checkpoint's tree
 * grew out of the one before, by making all of them anew from the entries.
 *
 * @param kept checkpoints that somebody else kept: they show a log that was cut or exchanged as a whole
 */
export async function verifyLog(
  source: LogSource,
  verifier: Verifier,
  kept: readonly KeptCheckpoint[] = [],
): Promise<Verdict> {
  const { signed, findings } = await readHeads(source, verifier, kept);
  const largest = signed.at(-1);
  if (!largest) return { checkpoint: undefined, checkpoints: 0, entries: 0, findings };
  const walked = await walk(source, largest, [...new Set(signed.map(({ size }) => size))]);
  const found = [
    ...findings,
    ...walked.findings,
    ...checkpointsAgainst(walked, signed),
    ...(await upperTiles(source, walked, largest)),
  ];
  return { checkpoint: largest, checkpoints: signed.length, entries: walked.entries, findings: found };
}

/** Each signed checkpoint against the tree that the entries make. */
function checkpointsAgainst({ roots }: Walked, signed: readonly FoundCheckpoint[]): Finding[] {
  const holds = ({ size, root }: FoundCheckpoint) => equal(roots.get(size) ?? new Uint8Array(), root);
  const reached = signed.filter(({ size }) => roots.has(size));
  const last = reached.filter(holds).at(-1);
  return reached
    .filter((checkpoint) => !holds(checkpoint))
    .map((checkpoint) => {
      const { where, size } = checkpoint;
      // A later one holds: the entries are those that were signed last, and this one is of other entries.
      if (last && last.size >= size) {
        const what = `it is signed, of ${size} entries, and not of this log: ${last.where} of ${last.size} entries is`;
        return { kind: 'fork' as const, where, what };
      }
      const from = last?.size ?? 0;
      return {
        kind: 'rewritten' as const,
        where: `entries ${from} to ${size - 1}`,
        what: `the entries do not have the root that ${where} was signed with`,
      };
    });
}

/** The tiles above the leaves', against those that the leaves make. */
async function upperTiles(source: LogSource, { levels, roots }: Walked, largest: FoundCheckpoint): Promise<Finding[]> {
  // If not all leaves are there, what is above them can't be made.
  if (!roots.has(largest.size)) return [];
  const findings: Finding[] = [];
  for (let level = 1; level < levelsOf(largest.size); level += 1) {
    for (let index = 0; index * tileWidth < hashesAt(level, largest.size); index += 1) {
      const made = levels[level - 1]?.slice(index * tileWidth, (index + 1) * tileWidth) ?? [];
      findings.push(...(await compareTile(source, level, index, largest.size, made)));
    }
  }
  return findings;
}

async function compareTile(
  source: LogSource,
  level: number,
  index: number,
  size: number,
  made: readonly Hash[],
): Promise<Finding[]> {
  const tile = tileAt(level, index, size);
  if (!tile) return [];
  const where = tilePath(tile);
  const { value, findings } = await decoded(source, where, decodeHashes);
  if (findings.length > 0) return [...findings];
  const at = made.findIndex((hash, i) => !value[i] || !equal(hash, value[i]));
  if (at < 0 && value.length === made.length) return [];
  const span = tileWidth ** level;
  const first = (index * tileWidth + Math.max(at, 0)) * span;
  const what = `its hash ${at} is not that of the entries ${first} to ${first + span - 1} and their tiles`;
  return [{ kind: 'tile-changed', where, what }];
}
