import { type Hash, treeHash } from '../tlog/hash.ts';
import { consistencyPath, type HashAt, hashOf, inclusionPath, type Range } from '../tlog/proofs.ts';
import { decodeHashes, tileAt, tilePath, tileWidth } from '../tlog/tiles.ts';
import type { LogSource } from './source.ts';

/** The inclusion proof of an entry in a tree of a size, from the log's tiles. */
export function proveInclusion(source: LogSource, index: number, size: number): Promise<Hash[]> {
  return hashesOf(source, inclusionPath(index, size), size);
}

/** The proof that a tree of a size grew out of one of another, from the log's tiles. */
export function proveConsistency(source: LogSource, from: number, size: number): Promise<Hash[]> {
  return hashesOf(source, consistencyPath(from, size), size);
}

/** The root of the tree at a size, from the log's tiles. */
export async function proveRoot(source: LogSource, size: number): Promise<Hash> {
  return size === 0 ? treeHash([]) : ((await hashesOf(source, [{ start: 0, end: size }], size))[0] as Hash);
}

/** Hashes of ranges: first what tiles they take, then the tiles, then the hashes. */
async function hashesOf(source: LogSource, ranges: readonly Range[], size: number): Promise<Hash[]> {
  const needed = new Set<string>();
  const note: HashAt = (level, index) => {
    needed.add(`${level} ${Math.floor(index / tileWidth)}`);
    return nothing;
  };
  for (const range of ranges) hashOf(range, note);
  const tiles = new Map<string, Hash[]>();
  const read = async (name: string) => {
    const [level = 0, index = 0] = name.split(' ').map(Number);
    tiles.set(name, await readTile(source, level, index, size));
  };
  await Promise.all([...needed].map(read));
  return ranges.map((range) =>
    hashOf(range, (level, index) => {
      const hash = tiles.get(`${level} ${Math.floor(index / tileWidth)}`)?.[index % tileWidth];
      if (!hash) throw new Error(`the tile of level ${level} does not have the hash ${index}`);
      return hash;
    }),
  );
}

const nothing: Hash = new Uint8Array(32);

/** A partial tile may be gone once it is full; then the full one has what it had. */
async function readTile(source: LogSource, level: number, index: number, size: number): Promise<Hash[]> {
  const tile = tileAt(level, index, size);
  if (!tile) throw new Error(`a log of ${size} entries has no tile ${index} at level ${level}`);
  const bytes = (await source.read(tilePath(tile))) ?? (await source.read(tilePath({ ...tile, width: tileWidth })));
  if (!bytes) throw new Error(`there is no ${tilePath(tile)}`);
  return decodeHashes(bytes).slice(0, tile.width);
}
