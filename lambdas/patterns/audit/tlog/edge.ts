import { type Hash, treeHash } from './hash.ts';
import { type Tile, tileWidth } from './tiles.ts';

/**
 * The right edge of a tree: what has to be known of it to append. At each level the hashes of its partial tile, at
 * most 255; the levels above have none.
 */
export type Edge = readonly (readonly Hash[])[];

/** A tile with its hashes. */
export interface FilledTile extends Tile {
  readonly level: number;
  readonly hashes: readonly Hash[];
}

export interface Appended {
  readonly edge: Edge;
  /** Every tile that is new: the full ones, and those that are partial at the end. */
  readonly tiles: readonly FilledTile[];
}

export function sizeOf(edge: Edge): number {
  return edge.reduce((sum, hashes, level) => sum + hashes.length * tileWidth ** level, 0);
}

/** The root of the tree: each level's hashes, then what is left over of the levels below. */
export function rootOf(edge: Edge): Hash {
  let below: readonly Hash[] = [];
  for (const hashes of edge) {
    if (hashes.length + below.length > 0) below = [treeHash([...hashes, ...below])];
  }
  return treeHash(below);
}

/** Appends leaves' hashes to a tree. The same leaves after the same edge make the same tiles, to the byte. */
export function append(edge: Edge, leaves: readonly Hash[]): Appended {
  const size = sizeOf(edge);
  const tiles: FilledTile[] = [];
  const grown: Hash[][] = [];
  let coming = leaves;
  for (let level = 0; coming.length > 0 || level < edge.length; level += 1) {
    const hashes = [...(edge[level] ?? []), ...coming];
    const first = Math.floor(size / tileWidth ** (level + 1));
    const full = Math.floor(hashes.length / tileWidth);
    const filled = Array.from({ length: full }, (_, i) => hashes.slice(i * tileWidth, (i + 1) * tileWidth));
    const rest = hashes.slice(full * tileWidth);
    tiles.push(...filled.map((each, i) => ({ level, index: first + i, width: tileWidth, hashes: each })));
    if (rest.length > 0 && coming.length > 0) {
      tiles.push({ level, index: first + full, width: rest.length, hashes: rest });
    }
    grown.push(rest);
    coming = filled.map(treeHash);
  }
  return { edge: grown, tiles };
}
