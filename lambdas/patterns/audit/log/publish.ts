import { openCheckpoint, signCheckpoint } from '../tlog/checkpoint.ts';
import { type Appended, append, type Edge, rootOf } from '../tlog/edge.ts';
import { equal, leafHash } from '../tlog/hash.ts';
import type { Signer, Verifier } from '../tlog/note.ts';
import {
  checkpointPath,
  decodeEntries,
  decodeHashes,
  encodeEntries,
  encodeHashes,
  levelsOf,
  partialTiles,
  tilePath,
  tileWidth,
} from '../tlog/tiles.ts';
import type { Batch } from './batch.ts';
import type { Head, LogStores, ObjectStore } from './store.ts';

/** The log's own key: it signs, and knows its signature. */
export interface LogKey {
  readonly signer: Signer;
  readonly verifier: Verifier;
}

/** Where copies of all checkpoints are. */
export const checkpointCopies = 'checkpoints/';

/** Where a copy of every checkpoint stays: an object's earlier versions do not come along when a bucket is copied. */
export function checkpointCopyPath(size: number): string {
  return `${checkpointCopies}${String(size).padStart(15, '0')}`;
}

/** A tree with a batch appended to it. */
export interface Grown extends Appended {
  readonly batch: Batch;
}

export function grow(edge: Edge, batch: Batch): Grown {
  const leaves = batch.entries.map(({ leaf }) => leafHash(leaf));
  return { batch, ...append(edge, leaves) };
}

/** The tree's right edge, from its partial tiles. @throws Error if a tile is not there */
export async function readEdge(objects: ObjectStore, size: number): Promise<Edge> {
  const edge: Edge[number][] = Array.from({ length: levelsOf(size) }, () => []);
  const read = async (tile: ReturnType<typeof partialTiles>[number]) => {
    edge[Number(tile.level)] = decodeHashes(await readWhole(objects, tilePath(tile)));
  };
  await Promise.all(partialTiles(size).map(read));
  return edge;
}

/**
 * Makes a head that holds visible: bundles and tiles, then positions, then the checkpoint.
 *
 * What is written follows from the batch and the tiles before it, to the byte but for the checkpoint's signature, so
 * that it may be done any number of times, by any number of sequencers, and after any part of it.
 */
export async function publish(stores: LogStores, key: LogKey, head: Head, grown: Grown): Promise<void> {
  const { objects, heads, positions } = stores;
  const { batch } = grown;
  if (!equal(rootOf(grown.edge), head.root)) {
    throw new Error(`the tiles and the batch at ${batch.start} do not lead to the head's root: nothing is signed`);
  }
  await Promise.all([
    ...grown.tiles.map((tile) => createSame(objects, tilePath(tile), encodeHashes(tile.hashes))),
    writeBundles(objects, batch),
  ]);
  await positions.record(new Map(batch.entries.map(({ name }, i) => [name, batch.start + i])));
  const note = await signCheckpoint(head, key.signer);
  // Reading it back costs nothing beside the signing, and a checkpoint that nobody can open helps nobody.
  openCheckpoint(note, key.verifier);
  await objects.create(checkpointCopyPath(head.size), Buffer.from(note));
  await replaceCheckpoint(objects, key.verifier, head.size, note);
  await heads.markPublished(head);
}

/** Bundles of the batch's entries; the first begins with the entries that were there. */
async function writeBundles(objects: ObjectStore, { start, entries }: Batch): Promise<void> {
  const first = Math.floor(start / tileWidth);
  const before = start % tileWidth;
  const path = (index: number, width: number) => tilePath({ level: 'entries', index, width });
  const earlier = before === 0 ? [] : decodeEntries(await readWhole(objects, path(first, before)));
  const all = [...earlier, ...entries.map(({ leaf }) => leaf)];
  const bundles = Array.from({ length: Math.ceil(all.length / tileWidth) }, (_, i) =>
    all.slice(i * tileWidth, (i + 1) * tileWidth),
  );
  await Promise.all(
    bundles.map((bundle, i) => createSame(objects, path(first + i, bundle.length), encodeEntries(bundle))),
  );
}

/** A sequencer that was held up may come late, with a checkpoint that is older than the one that is there. */
async function replaceCheckpoint(objects: ObjectStore, verifier: Verifier, size: number, note: string): Promise<void> {
  for (;;) {
    const earlier = await objects.read(checkpointPath);
    if (earlier && openCheckpoint(Buffer.from(earlier.bytes).toString(), verifier).size >= size) return;
    if (await objects.replace(checkpointPath, Buffer.from(note), earlier)) return;
  }
}

/** @throws Error if the path holds anything else: it was written by somebody else, or changed */
async function createSame(objects: ObjectStore, path: string, bytes: Uint8Array): Promise<void> {
  if (await objects.create(path, bytes)) return;
  if (!equal(await readWhole(objects, path), bytes)) {
    throw new Error(`the object at ${path} is not what the log has there: look at its versions`);
  }
}

async function readWhole(objects: ObjectStore, path: string): Promise<Uint8Array> {
  const stored = await objects.read(path);
  if (stored) return stored.bytes;
  throw new Error(`there is no object at ${path}: the log needs it to go on`);
}
