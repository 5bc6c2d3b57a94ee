import { append, type Edge, rootOf, sizeOf } from '../tlog/edge.ts';
import { equal, type Hash, treeHash } from '../tlog/hash.ts';
import type { TreeHead } from '../tlog/proofs.ts';
import { decodeHashes, levelsOf, partialTiles, tilePath, tileWidth } from '../tlog/tiles.ts';
import { decoded, type Leaves, readLeaves } from './bundles.ts';
import type { Finding, LogSource } from './source.ts';

/** Bundles that are read ahead while those before them are hashed. */
const readAhead = 16;

/** What the log's entries amount to. */
export interface Walked {
  /** Roots by size, for those sizes that were asked for and could be reached. */
  readonly roots: ReadonlyMap<number, Hash>;
  /** Hashes of each level of tiles above the leaves', beginning with level 1, as they follow from the leaves. */
  readonly levels: readonly (readonly Hash[])[];
  readonly findings: readonly Finding[];
  /** Entries that were read and hashed. */
  readonly entries: number;
}

/**
 * Reads every entry of a log, and hashes it into a tree of its own.
 *
 * It keeps one tile of leaves at a time, and of the levels above everything: a 255th of the leaves' hashes.
 *
 * @param sizes for which roots are wanted, ascending, each once
 */
export async function walk(source: LogSource, { size, root }: TreeHead, sizes: readonly number[]): Promise<Walked> {
  const upper = await upperEdge(source, size);
  const isEdge = (hashes: readonly Hash[]) => equal(rootOf([hashes, ...upper]), root);
  const bundles = Math.ceil(size / tileWidth);
  const tree = growingTree(sizes);
  const findings: Finding[] = [];
  let entries = 0;
  for await (const [index, leaves] of leavesInTurn(bundles, (index) => readLeaves(source, index, size, isEdge))) {
    findings.push(...leaves.findings);
    entries += leaves.entries;
    if (leaves.hashes.length < Math.min(tileWidth, size - index * tileWidth)) {
      const where = `entries ${index * tileWidth} and after`;
      findings.push({
        kind: 'missing',
        where,
        what: 'neither entries nor hashes are there: nothing after can be judged',
      });
      break;
    }
    tree.add(leaves.hashes);
  }
  return { ...tree.result(), findings, entries };
}

/** The partial tiles above the leaves', as far as they are there. */
async function upperEdge(source: LogSource, size: number): Promise<Edge> {
  const edge: (readonly Hash[])[] = Array.from({ length: Math.max(0, levelsOf(size) - 1) }, () => []);
  for (const tile of partialTiles(size)) {
    if (tile.level > 0) edge[tile.level - 1] = (await decoded(source, tilePath(tile), decodeHashes)).value;
  }
  return edge;
}

async function* leavesInTurn(
  bundles: number,
  read: (index: number) => Promise<Leaves>,
): AsyncGenerator<[number, Leaves]> {
  const ahead: Promise<Leaves>[] = [];
  const fetch = (index: number) => {
    if (index >= bundles) return;
    const leaves = read(index);
    // It is awaited in its turn; until then a failure is not an unhandled one.
    leaves.catch(() => undefined);
    ahead.push(leaves);
  };
  for (let index = 0; index < readAhead; index += 1) fetch(index);
  for (let index = 0; index < bundles; index += 1) {
    const leaves = (await ahead.shift()) as Leaves;
    fetch(index + readAhead);
    yield [index, leaves];
  }
}

/** A tree that remembers its root at some sizes, and the hashes of its upper levels. */
function growingTree(sizes: readonly number[]) {
  let edge: Edge = [];
  const roots = new Map<number, Hash>();
  const levels: Hash[][] = [];
  const wanted = [...sizes];
  const grow = (leaves: readonly Hash[]) => {
    const { edge: grown, tiles } = append(edge, leaves);
    edge = grown;
    for (const { level, width, hashes } of tiles) {
      if (width < tileWidth) continue;
      levels[level] ??= [];
      levels[level].push(treeHash(hashes));
    }
  };
  const noteRoot = () => {
    if (wanted[0] === sizeOf(edge)) roots.set(wanted.shift() as number, rootOf(edge));
  };
  noteRoot();
  return {
    add: (leaves: readonly Hash[]) => {
      let rest = leaves;
      while (rest.length > 0) {
        const until = Math.min(rest.length, (wanted[0] ?? Number.POSITIVE_INFINITY) - sizeOf(edge));
        grow(rest.slice(0, until));
        rest = rest.slice(until);
        noteRoot();
      }
    },
    result: () => ({ roots, levels }),
  };
}
