import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeEntries,
  decodeHashes,
  encodeEntries,
  encodeHashes,
  partialTiles,
  tilePath,
} from '../../../../lambdas/patterns/audit/tlog/tiles.ts';

test('paths are those of the layout', () => {
  expect(tilePath({ level: 0, index: 0, width: 256 })).toBe('tile/0/000');
  expect(tilePath({ level: 'entries', index: 999, width: 17 })).toBe('tile/entries/999.p/17');
  expect(tilePath({ level: 3, index: 1_234_067, width: 256 })).toBe('tile/3/x001/x234/067');
  expect(tilePath({ level: 1, index: 1000, width: 1 })).toBe('tile/1/x001/000.p/1');
});

test('a tree of 70,000 leaves has the partial tiles that the layout gives as its example', () => {
  expect(partialTiles(70_000)).toEqual([
    { level: 0, index: 273, width: 112 },
    { level: 1, index: 1, width: 17 },
    { level: 2, index: 0, width: 1 },
  ]);
  expect(partialTiles(256)).toEqual([{ level: 1, index: 0, width: 1 }]);
  expect(partialTiles(0)).toEqual([]);
});

const anyEntries = fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 20 });

test('entries come back from their bundle as they were', () => {
  fc.assert(
    fc.property(anyEntries, (entries) => {
      expect(decodeEntries(encodeEntries(entries)).map((each) => [...each])).toEqual(entries.map((each) => [...each]));
    }),
  );
});

test('a bundle that is cut off within an entry is no shorter bundle', () => {
  fc.assert(
    fc.property(anyEntries, fc.uint8Array({ minLength: 1, maxLength: 600 }), fc.nat(), (entries, last, any) => {
      const bytes = encodeEntries([...entries, last]);
      const cut = 1 + (any % (last.length + 1));
      expect(() => decodeEntries(bytes.subarray(0, bytes.length - cut))).toThrow('cut off within entry');
    }),
  );
});

test('what does not fit is refused', () => {
  expect(() => encodeEntries([new Uint8Array(65_536)])).toThrow('an entry has 65536 bytes: at most 65535');
  expect(() => decodeHashes(new Uint8Array(33))).toThrow('a tile has 33 bytes');
  expect(decodeHashes(encodeHashes([new Uint8Array(32)]))).toHaveLength(1);
});
