import { createHash } from 'node:crypto';

// RFC 9162, 2.1.1 to 2.1.4.1, word for word and as slow as that is: what the log's own code is compared with.

const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();

/** The largest power of two less than n. */
function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

export function mth(data: readonly Uint8Array[]): Buffer {
  if (data.length === 0) return sha256();
  if (data.length === 1) return sha256(Uint8Array.of(0), data[0] as Uint8Array);
  const k = split(data.length);
  return sha256(Uint8Array.of(1), mth(data.slice(0, k)), mth(data.slice(k)));
}

export function path(m: number, data: readonly Uint8Array[]): Buffer[] {
  if (data.length === 1) return [];
  const k = split(data.length);
  if (m < k) return [...path(m, data.slice(0, k)), mth(data.slice(k))];
  return [...path(m - k, data.slice(k)), mth(data.slice(0, k))];
}

export function proof(m: number, data: readonly Uint8Array[]): Buffer[] {
  return subproof(m, data, true);
}

function subproof(m: number, data: readonly Uint8Array[], known: boolean): Buffer[] {
  if (m === data.length) return known ? [] : [mth(data)];
  const k = split(data.length);
  if (m <= k) return [...subproof(m, data.slice(0, k), known), mth(data.slice(k))];
  return [...subproof(m - k, data.slice(k), false), mth(data.slice(0, k))];
}
