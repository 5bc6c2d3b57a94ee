import { hash } from 'node:crypto';

/** A SHA-256 hash: 32 bytes. */
export type Hash = Uint8Array;

export const hashBytes = 32;

/** The hash of the tree with no leaf, RFC 9162, 2.1.1. */
export const emptyRoot: Hash = sha256(new Uint8Array());

/** The hash of a leaf, RFC 9162, 2.1.1: `SHA-256(0x00 || data)`. */
export function leafHash(data: Uint8Array): Hash {
  const prefixed = new Uint8Array(1 + data.length);
  prefixed.set(data, 1);
  return sha256(prefixed);
}

/** The hash of an inner node, RFC 9162, 2.1.1: `SHA-256(0x01 || left || right)`. */
export function nodeHash(left: Hash, right: Hash): Hash {
  const prefixed = new Uint8Array(1 + 2 * hashBytes);
  prefixed[0] = 1;
  prefixed.set(left, 1);
  prefixed.set(right, 1 + hashBytes);
  return sha256(prefixed);
}

export function equal(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

function sha256(data: Uint8Array): Hash {
  return hash('sha256', data, 'buffer');
}

/** The largest power of two that is less than a number of leaves, which is 2 or more. */
export function splitOf(leaves: number): number {
  // By doubling: a logarithm is rounded, and wrong just below a large power.
  let power = 1;
  while (power * 2 < leaves) power *= 2;
  return power;
}

/**
 * The Merkle Tree Hash over hashes of subtrees, RFC 9162, 2.1.1. All are complete and of one size but for the last,
 * which may be smaller.
 */
export function treeHash(hashes: readonly Hash[]): Hash {
  if (hashes.length === 0) return emptyRoot;
  let row = hashes;
  // Pairwise from below: an odd one at the end goes up as it is, which is where the split at powers of two puts it.
  while (row.length > 1) row = pairs(row);
  return row[0] as Hash;
}

function pairs(row: readonly Hash[]): Hash[] {
  const above: Hash[] = [];
  for (let i = 0; i + 1 < row.length; i += 2) above.push(nodeHash(row[i] as Hash, row[i + 1] as Hash));
  if (row.length % 2 === 1) above.push(row.at(-1) as Hash);
  return above;
}
