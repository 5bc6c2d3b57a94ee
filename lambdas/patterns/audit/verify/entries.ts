import { decodeEntries, tileAt, tilePath, tileWidth } from '../tlog/tiles.ts';
import type { LogSource } from './source.ts';

/** The entries of a log of a size as they are in it, sealed, from the first. @throws Error if one is not there */
export async function* entriesOf(source: LogSource, size: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index * tileWidth < size; index += 1) yield* await readBundle(source, index, size);
}

/** An entry as it is in the log. @throws Error if a log of this size does not have it */
export async function readEntry(source: LogSource, index: number, size: number): Promise<Uint8Array> {
  if (!(index >= 0 && index < size)) throw new RangeError(`index is ${index}: the log has ${size} entries`);
  const entries = await readBundle(source, Math.floor(index / tileWidth), size);
  return entries[index % tileWidth] as Uint8Array;
}

/** A partial bundle may be gone once it is full; then the full one has what it had. */
async function readBundle(source: LogSource, index: number, size: number): Promise<Uint8Array[]> {
  const width = tileAt(0, index, size)?.width ?? 0;
  const path = (wide: number) => tilePath({ level: 'entries', index, width: wide });
  const bytes = (await source.read(path(width))) ?? (await source.read(path(tileWidth)));
  const entries = bytes ? decodeEntries(bytes).slice(0, width) : [];
  if (entries.length < width) throw new Error(`${path(width)} has ${entries.length} entries and not ${width}`);
  return entries;
}
