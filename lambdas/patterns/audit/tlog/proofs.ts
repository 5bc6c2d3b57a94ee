import { equal, type Hash, nodeHash, splitOf, treeHash } from './hash.ts';
import { tileWidth } from './tiles.ts';

/** The leaves from `start` to before `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The hash at an index of a level of tiles: that of `256^level` leaves. */
export type HashAt = (level: number, index: number) => Hash;

/** A proof that can't be: what was asked is outside of the tree. */
function outside(what: string, value: number, size: number): RangeError {
  return new RangeError(`${what} is ${value}: the tree has ${size} leaves`);
}

/**
 * The subtrees whose hashes are an inclusion proof, from the leaf's sibling to the root's child: PATH of RFC 9162,
 * 2.1.3.1.
 *
 * @throws RangeError if the tree has no such leaf
 */
export function inclusionPath(index: number, size: number): Range[] {
  if (!(index >= 0 && index < size)) throw outside('index', index, size);
  const path: Range[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    path.unshift(index < middle ? { start: middle, end } : { start, end: middle });
    [start, end] = index < middle ? [start, middle] : [middle, end];
  }
  return path;
}

/**
 * The subtrees whose hashes prove that a tree grew out of a smaller one: PROOF of RFC 9162, 2.1.4.1.
 *
 * @throws RangeError unless `1 <= from <= size`; every tree grew out of the empty one, and there is nothing to prove
 */
export function consistencyPath(from: number, size: number): Range[] {
  if (!(from >= 1 && from <= size)) throw outside('from', from, size);
  if (from === size) return [];
  const path: Range[] = [];
  let [start, end] = [0, size];
  while (end !== from) {
    const middle = start + splitOf(end - start);
    path.unshift(from <= middle ? { start: middle, end } : { start, end: middle });
    [start, end] = from <= middle ? [start, middle] : [middle, end];
  }
  // The smaller tree itself is known to whoever checks.
  return start === 0 ? path : [{ start, end }, ...path];
}

/** The hash of a range as a tree has it, from hashes of the levels of tiles. */
export function hashOf({ start, end }: Range, hashAt: HashAt): Hash {
  const hashes: Hash[] = [];
  let level = 0;
  while (tileWidth ** (level + 1) <= end - start) level += 1;
  const span = tileWidth ** level;
  const whole = Math.floor((end - start) / span);
  for (let i = 0; i < whole; i += 1) hashes.push(hashAt(level, start / span + i));
  const rest = start + whole * span;
  if (rest < end) hashes.push(hashOf({ start: rest, end }, hashAt));
  return treeHash(hashes);
}

/**
 * The root that an inclusion proof leads to, RFC 9162, 2.1.3.2, or undefined if the proof has not the length that the
 * index and the size ask for.
 */
export function rootFromInclusion(leaf: Hash, index: number, size: number, proof: readonly Hash[]): Hash | undefined {
  if (!(index >= 0 && index < size)) return undefined;
  let [first, last, root] = [index, size - 1, leaf];
  for (const hash of proof) {
    if (last === 0) return undefined;
    if (first % 2 === 1 || first === last) {
      root = nodeHash(hash, root);
      while (first % 2 === 0 && first !== 0) [first, last] = [half(first), half(last)];
    } else {
      root = nodeHash(root, hash);
    }
    [first, last] = [half(first), half(last)];
  }
  return last === 0 ? root : undefined;
}

/** A tree's size and root. */
export interface TreeHead {
  readonly size: number;
  readonly root: Hash;
}

/** Whether a proof shows that a tree grew out of a smaller one, RFC 9162, 2.1.4.2. Of size 0 nothing can be shown. */
export function isConsistent(from: TreeHead, to: TreeHead, proof: readonly Hash[]): boolean {
  if (from.size === to.size) return proof.length === 0 && equal(from.root, to.root);
  if (from.size < 1 || from.size > to.size) return false;
  const isPower = splitOf(from.size + 1) === from.size;
  const [begin, ...rest] = isPower ? [from.root, ...proof] : proof;
  if (begin === undefined) return false;
  let [first, last] = [from.size - 1, to.size - 1];
  while (first % 2 === 1) [first, last] = [half(first), half(last)];
  let [before, after] = [begin, begin];
  for (const hash of rest) {
    if (last === 0) return false;
    if (first % 2 === 1 || first === last) {
      before = nodeHash(hash, before);
      after = nodeHash(hash, after);
      while (first % 2 === 0 && first !== 0) [first, last] = [half(first), half(last)];
    } else {
      after = nodeHash(after, hash);
    }
    [first, last] = [half(first), half(last)];
  }
  return last === 0 && equal(before, from.root) && equal(after, to.root);
}

function half(value: number): number {
  return Math.floor(value / 2);
}
