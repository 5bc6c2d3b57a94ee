import { hash } from 'node:crypto';
import { decodeEntries, encodeEntries } from '../tlog/tiles.ts';

/** Entries that are sequenced at a time: the first has the index `start`. */
export interface Batch {
  readonly start: number;
  /** The names by which the entries are known, and what is hashed. */
  readonly entries: readonly NamedLeaf[];
}

export interface NamedLeaf {
  readonly name: string;
  readonly leaf: Uint8Array;
}

/** A batch as an object: names and leaves in turn, in the form of a bundle. */
export function encodeBatch({ entries }: Batch): Uint8Array {
  return encodeEntries(entries.flatMap(({ name, leaf }) => [Buffer.from(name), leaf]));
}

/** Where a batch is kept until, and after, its entries are in bundles: the path tells its start and its content. */
export function batchPath({ start }: Batch, bytes: Uint8Array): string {
  return `batches/${String(start).padStart(15, '0')}-${hash('sha256', bytes, 'hex')}`;
}

/** @throws Error if the path is not that of a batch, or the bytes are not those that it names */
export function decodeBatch(path: string, bytes: Uint8Array): Batch {
  const start = Number(/^batches\/(\d{15})-/.exec(path)?.[1] ?? Number.NaN);
  if (path !== batchPath({ start, entries: [] }, bytes)) {
    throw new Error(`the object at ${path} is not the batch that its path names: restore its first version`);
  }
  const parts = decodeEntries(bytes);
  const entries = Array.from({ length: parts.length / 2 }, (_, i) => ({
    name: Buffer.from(parts[2 * i] ?? []).toString(),
    leaf: parts[2 * i + 1] ?? new Uint8Array(),
  }));
  return { start, entries };
}
