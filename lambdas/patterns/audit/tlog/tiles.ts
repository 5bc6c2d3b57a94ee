import { type Hash, hashBytes } from './hash.ts';

/** Hashes of a full tile, and entries of a full bundle (c2sp.org/tlog-tiles). */
export const tileWidth = 256;

/** Longest entry of a bundle, in bytes: its length is a 16-bit number. */
export const longestEntry = 0xffff;

/** Where the checkpoint is. */
export const checkpointPath = 'checkpoint';

/** A tile: which one, and how many hashes it has, 1 to 256. Level `entries` is the bundle of entries itself. */
export interface Tile {
  readonly level: number | 'entries';
  readonly index: number;
  readonly width: number;
}

/** The path of a tile, such as `tile/0/x001/x234/067` or `tile/entries/000.p/17`. */
export function tilePath({ level, index, width }: Tile): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  const path = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${path}${width === tileWidth ? '' : `.p/${width}`}`;
}

/** Levels of tiles of a tree that have any hash: `floor(size / 256^level) > 0`. */
export function levelsOf(size: number): number {
  let levels = 0;
  for (let left = size; left > 0; left = Math.floor(left / tileWidth)) levels += 1;
  return levels;
}

/** How many hashes a level has in a tree of so many leaves. */
export function hashesAt(level: number, size: number): number {
  return Math.floor(size / tileWidth ** level);
}

/** The tile of a level as a tree of so many leaves has it, or undefined if it has none there. */
export function tileAt(level: number, index: number, size: number): Tile | undefined {
  const width = Math.min(tileWidth, hashesAt(level, size) - index * tileWidth);
  return width > 0 ? { level, index, width } : undefined;
}

/** The rightmost tiles of a tree that are partial, one a level at most. */
export function partialTiles(size: number): (Tile & { readonly level: number })[] {
  return Array.from({ length: levelsOf(size) }, (_, level) => {
    const hashes = hashesAt(level, size);
    return { level, index: Math.floor(hashes / tileWidth), width: hashes % tileWidth };
  }).filter(({ width }) => width > 0);
}

export function encodeHashes(hashes: readonly Hash[]): Uint8Array {
  return Buffer.concat(hashes);
}

/** @throws Error if the bytes are not whole hashes */
export function decodeHashes(bytes: Uint8Array): Hash[] {
  if (bytes.length % hashBytes !== 0) {
    throw new Error(`a tile has ${bytes.length} bytes: a multiple of ${hashBytes} is expected`);
  }
  return Array.from({ length: bytes.length / hashBytes }, (_, i) => bytes.subarray(i * hashBytes, (i + 1) * hashBytes));
}

/** A bundle: each entry after its length, 16 bits, big endian. @throws Error if an entry is too long */
export function encodeEntries(entries: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    entries.flatMap((entry) => {
      if (entry.length > longestEntry) {
        throw new Error(`an entry has ${entry.length} bytes: at most ${longestEntry} fit in a bundle`);
      }
      return [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry];
    }),
  );
}

/** @throws Error if the last entry is cut off */
export function decodeEntries(bytes: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at + 2;
    const end = start + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
    if (start > bytes.length || end > bytes.length) {
      throw new Error(`a bundle of ${bytes.length} bytes is cut off within entry ${entries.length}`);
    }
    entries.push(bytes.subarray(start, end));
    at = end;
  }
  return entries;
}
