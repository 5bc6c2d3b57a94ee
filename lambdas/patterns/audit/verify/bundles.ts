import { equal, type Hash, leafHash, treeHash } from '../tlog/hash.ts';
import { decodeEntries, decodeHashes, hashesAt, tileAt, tilePath, tileWidth } from '../tlog/tiles.ts';
import type { Finding, LogSource } from './source.ts';

/** What a bundle and its tile tell of their leaves. */
export interface Leaves {
  /** Hashes of the leaves, as far as they could be found out; fewer than the width if they could not. */
  readonly hashes: readonly Hash[];
  /** How many entries were read and hashed. */
  readonly entries: number;
  readonly findings: readonly Finding[];
}

/**
 * Reads a bundle of entries and its tile of hashes, and says which of them is wrong if they differ: the level above
 * still has the hash of what was there, or at the right edge the root.
 *
 * @param isEdge whether hashes, as those of the last tile, lead to the root
 */
export async function readLeaves(
  source: LogSource,
  index: number,
  size: number,
  isEdge: (hashes: readonly Hash[]) => boolean,
): Promise<Leaves> {
  const tile = tileAt(0, index, size);
  if (!tile) throw new RangeError(`a log of ${size} entries has no bundle ${index}`);
  const paths = { bundle: tilePath({ ...tile, level: 'entries' }), tile: tilePath(tile) };
  const [bundle, hashes] = await Promise.all([
    decoded(source, paths.bundle, decodeEntries),
    decoded(source, paths.tile, decodeHashes),
  ]);
  const ofEntries = bundle.value.map(leafHash);
  const findings = [...bundle.findings, ...hashes.findings];
  const result = (chosen: readonly Hash[], found: readonly Finding[]): Leaves => ({
    hashes: chosen,
    entries: ofEntries.length,
    findings: [...findings, ...found],
  });
  if (same(ofEntries, hashes.value)) return result(ofEntries, []);
  const whole = [ofEntries, hashes.value].filter(({ length }) => length === tile.width);
  const above = await hashAbove(source, index, size);
  const right = whole.find((each) => (tile.width < tileWidth ? isEdge(each) : above && equal(treeHash(each), above)));
  if (right === ofEntries) return result(ofEntries, tileChanged(paths.tile, ofEntries, hashes.value));
  // If what is above is wrong too, the tile is believed: whether rightly, the root of the checkpoint shows.
  const believed = right ?? whole.at(-1) ?? [];
  return result(believed, believed === ofEntries ? [] : entriesWrong(paths.bundle, index, ofEntries, hashes.value));
}

/** The hash of a full tile, as the level above has it. */
async function hashAbove(source: LogSource, index: number, size: number): Promise<Hash | undefined> {
  if (index >= hashesAt(1, size)) return undefined;
  const tile = tileAt(1, Math.floor(index / tileWidth), size);
  const bytes = tile && (await source.read(tilePath(tile)));
  return bytes?.subarray(32 * (index % tileWidth), 32 * (index % tileWidth) + 32);
}

/** The entries differ from their hashes: which ones, and in what way. */
function entriesWrong(where: string, index: number, ofEntries: readonly Hash[], inTile: readonly Hash[]): Finding[] {
  const first = index * tileWidth;
  const wrong = inTile.flatMap((hash, i) => (ofEntries[i] && equal(hash, ofEntries[i]) ? [] : [i]));
  if (ofEntries.length !== inTile.length) {
    const what = `it has ${ofEntries.length} entries and not ${inTile.length}; entry ${first + (wrong[0] ?? inTile.length)} is the first that is not what was logged`;
    return [{ kind: 'missing', where, what }];
  }
  const sorted = (hashes: readonly Hash[]) => hashes.map((hash) => Buffer.from(hash).toString('hex')).toSorted();
  if (sorted(ofEntries).join() === sorted(inTile).join()) {
    const what = `entries ${wrong.map((i) => first + i).join(', ')} are in another order than they were logged in`;
    return [{ kind: 'entries-reordered', where, what }];
  }
  return wrong.map((i) => ({
    kind: 'entry-changed' as const,
    where: `entry ${first + i}`,
    what: `its hash in ${where} is ${hex(ofEntries[i])}, and ${hex(inTile[i])} was logged`,
  }));
}

function tileChanged(where: string, ofEntries: readonly Hash[], inTile: readonly Hash[]): Finding[] {
  // One that is missing, or not whole hashes, is told of already.
  if (inTile.length === 0) return [];
  const at = ofEntries.findIndex((hash, i) => !inTile[i] || !equal(hash, inTile[i]));
  return [{ kind: 'tile-changed', where, what: `its hash ${at} is not that of its entry; the entries are as logged` }];
}

export function same(one: readonly Hash[], other: readonly Hash[]): boolean {
  return one.length === other.length && one.every((hash, i) => equal(hash, other[i] as Hash));
}

export function hex(hash: Hash | undefined): string {
  return Buffer.from(hash ?? [])
    .toString('hex')
    .slice(0, 16);
}

/** Reads an object, and says so if it is not there or not of its form. */
export async function decoded<Item>(
  source: LogSource,
  where: string,
  decode: (bytes: Uint8Array) => Item[],
): Promise<{ readonly value: readonly Item[]; readonly findings: readonly Finding[] }> {
  const bytes = await source.read(where);
  if (!bytes) return { value: [], findings: [{ kind: 'missing', where, what: 'there is no such object' }] };
  try {
    return { value: decode(bytes), findings: [] };
  } catch (error) {
    return { value: [], findings: [{ kind: 'damaged', where, what: (error as Error).message }] };
  }
}
