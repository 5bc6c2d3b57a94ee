import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { append, type Edge, rootOf, sizeOf } from '../../../../lambdas/patterns/audit/tlog/edge.ts';
import { emptyRoot, type Hash, leafHash, splitOf } from '../../../../lambdas/patterns/audit/tlog/hash.ts';
import {
  consistencyPath,
  type HashAt,
  hashOf,
  inclusionPath,
  isConsistent,
  rootFromInclusion,
} from '../../../../lambdas/patterns/audit/tlog/proofs.ts';
import { partialTiles, tilePath, tileWidth } from '../../../../lambdas/patterns/audit/tlog/tiles.ts';
import { mth, path, proof } from './oracle.ts';

const dataOf = (size: number) => Array.from({ length: size }, (_, i) => Buffer.from(`leaf ${i}`));

/** Appends leaves in parts of the given sizes, and keeps every tile that is made. */
function grow(parts: readonly number[]) {
  let edge: Edge = [];
  const tiles = new Map<string, readonly Hash[]>();
  const data = dataOf(parts.reduce((sum, part) => sum + part, 0));
  for (const part of parts) {
    const size = sizeOf(edge);
    const appended = append(edge, data.slice(size, size + part).map(leafHash));
    edge = appended.edge;
    for (const tile of appended.tiles) tiles.set(tilePath(tile), tile.hashes);
  }
  return { edge, tiles, data };
}

/** The hashes of a tree's levels, from its tiles alone. */
function reader(tiles: ReadonlyMap<string, readonly Hash[]>, size: number): HashAt {
  return (level, index) => {
    const width = Math.min(
      tileWidth,
      Math.floor(size / tileWidth ** level) - Math.floor(index / tileWidth) * tileWidth,
    );
    const tile = tiles.get(tilePath({ level, index: Math.floor(index / tileWidth), width }));
    return tile?.[index % tileWidth] as Hash;
  };
}

/** Sizes around the ends of tiles matter most, on every level. */
const anyParts = fc.array(fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(255, 256, 257, 600)), {
  maxLength: 5,
});
const smallSize = fc.integer({ min: 1, max: 700 });
const two = fc.tuple(smallSize, smallSize).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const hex = (hashes: readonly Uint8Array[]) => hashes.map((hash) => Buffer.from(hash).toString('hex'));

describe('a tree that is appended to in parts', () => {
  test('has the root of the leaves, however they were parted', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        const { edge, data } = grow(parts);
        expect(sizeOf(edge)).toBe(data.length);
        expect(hex([rootOf(edge)])).toEqual(hex([mth(data)]));
      }),
      { numRuns: 60 },
    );
  });

  test('has the tiles that the layout asks for, with the hashes of its definition', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        const { tiles, data } = grow(parts);
        for (const tile of partialTiles(data.length)) expect([...tiles.keys()]).toContain(tilePath(tile));
        for (let index = 0; index + tileWidth <= data.length; index += tileWidth) {
          const whole = data.slice(index, index + tileWidth);
          const hashes = tiles.get(tilePath({ level: 0, index: index / tileWidth, width: tileWidth })) ?? [];
          expect(hex(hashes)).toEqual(hex(whole.map((each) => mth([each]))));
          const above = reader(tiles, data.length)(1, index / tileWidth);
          expect(hex([above])).toEqual(hex([mth(whole)]));
        }
      }),
      { numRuns: 30 },
    );
  });

  test('can be picked up from its partial tiles', () => {
    fc.assert(
      fc.property(anyParts, fc.integer({ min: 1, max: 600 }), (parts, more) => {
        const { tiles, edge, data } = grow(parts);
        const read: Hash[][] = [];
        for (const tile of partialTiles(data.length)) {
          while (read.length <= Number(tile.level)) read.push([]);
          read[Number(tile.level)] = [...(tiles.get(tilePath(tile)) ?? [])];
        }
        const leaves = dataOf(data.length + more)
          .slice(data.length)
          .map(leafHash);
        expect(rootOf(append(read, leaves).edge)).toEqual(rootOf(append(edge, leaves).edge));
      }),
      { numRuns: 30 },
    );
  });
});

describe('an inclusion proof', () => {
  test('is that of the definition, from the tiles alone, and leads to the root', () => {
    fc.assert(
      fc.property(smallSize, fc.nat(), (size, any) => {
        const index = any % size;
        const { tiles, data } = grow([size]);
        const made = inclusionPath(index, size).map((range) => hashOf(range, reader(tiles, size)));
        expect(hex(made)).toEqual(hex(path(index, data)));
        const root = rootFromInclusion(leafHash(data[index] as Buffer), index, size, made);
        expect(root && hex([root])).toEqual(hex([mth(data)]));
      }),
      { numRuns: 100 },
    );
  });

  test('fails for any other leaf, index or size, or with any hash changed, left out or added', () => {
    fc.assert(
      fc.property(smallSize, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 700 }), (size, any, which, other) => {
        const index = any % size;
        const data = dataOf(size);
        const made: Hash[] = path(index, data);
        const root = mth(data).toString('hex');
        const leaf = leafHash(data[index] as Buffer);
        const leads = (at: number, of: number, hashes: readonly Hash[], from: Hash = leaf) =>
          Buffer.from(rootFromInclusion(from, at, of, hashes) ?? []).toString('hex') === root;
        expect(leads(index, size, made)).toBe(true);
        expect(leads(index, size, made, leafHash(Buffer.from('another')))).toBe(false);
        expect(leads(index, size, [...made, leaf])).toBe(false);
        if (other % size !== index) expect(leads(other % size, size, made)).toBe(false);
        if (made.length === 0) return;
        expect(leads(index, size, made.toSpliced(which % made.length, 1))).toBe(false);
        expect(leads(index, size, made.toSpliced(which % made.length, 1, emptyRoot))).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  test('is refused for a leaf that the tree has not', () => {
    expect(() => inclusionPath(3, 3)).toThrow('index is 3: the tree has 3 leaves');
    expect(() => inclusionPath(0, 0)).toThrow('index is 0');
    expect(rootFromInclusion(emptyRoot, 3, 3, [])).toBeUndefined();
  });
});

describe('a consistency proof', () => {
  test('is that of the definition, from the tiles alone, and holds', () => {
    fc.assert(
      fc.property(two, ([from, size]) => {
        const { tiles, data } = grow([size]);
        const made = consistencyPath(from, size).map((range) => hashOf(range, reader(tiles, size)));
        expect(hex(made)).toEqual(hex(proof(from, data)));
        const earlier = { size: from, root: mth(data.slice(0, from)) };
        expect(isConsistent(earlier, { size, root: mth(data) }, made)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('fails for another root, another size, or with any hash changed, left out or added', () => {
    fc.assert(
      fc.property(two, fc.nat(), ([from, size], which) => {
        const data = dataOf(size);
        const made: Hash[] = proof(from, data);
        const earlier = { size: from, root: mth(data.slice(0, from)) };
        const later = { size, root: mth(data) };
        const other = Buffer.alloc(32, 7);
        expect(isConsistent({ ...earlier, root: other }, later, made)).toBe(false);
        expect(isConsistent(earlier, { ...later, root: other }, made)).toBe(false);
        expect(isConsistent(earlier, later, [...made, other])).toBe(false);
        if (made.length === 0) return;
        expect(isConsistent(earlier, later, made.toSpliced(which % made.length, 1))).toBe(false);
        expect(isConsistent(earlier, later, made.toSpliced(which % made.length, 1, other))).toBe(false);
        expect(isConsistent(later, earlier, made)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  test('is none for the empty tree, which every tree grew out of', () => {
    expect(() => consistencyPath(0, 5)).toThrow('from is 0');
    expect(() => consistencyPath(6, 5)).toThrow('from is 6: the tree has 5 leaves');
    expect(isConsistent({ size: 0, root: emptyRoot }, { size: 1, root: mth(dataOf(1)) }, [])).toBe(false);
  });
});

test('trees split at the largest power of two below their size, however large', () => {
  expect([2, 3, 4, 5, 257, 2 ** 50, 2 ** 50 + 1].map(splitOf)).toEqual([1, 2, 2, 4, 256, 2 ** 49, 2 ** 50]);
});
