import type { TreeHead } from '../tlog/proofs.ts';

/** An object as it was read, with the tag that a conditional write names. */
export interface Stored {
  readonly bytes: Uint8Array;
  readonly tag: string;
}

/** Where the log's objects are: a bucket under Object Lock. */
export interface ObjectStore {
  read(path: string): Promise<Stored | undefined>;
  /** Writes an object that is never written again. @returns false if there is one at the path */
  create(path: string, bytes: Uint8Array): Promise<boolean>;
  /** Writes a newer version of an object, or its first. @returns false unless the tag is that of the newest version */
  replace(path: string, bytes: Uint8Array, earlier: Stored | undefined): Promise<boolean>;
}

/** The tree as far as it is sequenced. */
export interface Head extends TreeHead {
  /** Path of the batch of entries that led to it. */
  readonly staged: string;
  /** How much of it has its tiles, its positions and its checkpoint. */
  readonly published: number;
}

/** Where the one head of the log is: a table whose writes can be conditional. */
export interface HeadStore {
  read(): Promise<Head | undefined>;
  /** Moves the head on. This is what makes entries part of the log. @returns false if it is no more where it was */
  move(from: Head | undefined, to: Head): Promise<boolean>;
  /** Notes that a head is published whole. Nothing happens if the head has moved on. */
  markPublished(head: Head): Promise<void>;
}

/** Where it is noted which entries are in the log, and at which index. */
export interface PositionStore {
  /** Indices of those of the names that are in the log. */
  find(names: readonly string[]): Promise<ReadonlyMap<string, number>>;
  record(positions: ReadonlyMap<string, number>): Promise<void>;
}

/** All that the sequencer works with. */
export interface LogStores {
  readonly objects: ObjectStore;
  readonly heads: HeadStore;
  readonly positions: PositionStore;
}
