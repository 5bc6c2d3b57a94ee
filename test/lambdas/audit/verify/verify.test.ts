import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { signCheckpoint } from '../../../../lambdas/patterns/audit/tlog/checkpoint.ts';
import { leafHash } from '../../../../lambdas/patterns/audit/tlog/hash.ts';
import { isConsistent, rootFromInclusion } from '../../../../lambdas/patterns/audit/tlog/proofs.ts';
import {
  decodeEntries,
  encodeEntries,
  levelsOf,
  tileAt,
  tilePath,
} from '../../../../lambdas/patterns/audit/tlog/tiles.ts';
import { readEntry } from '../../../../lambdas/patterns/audit/verify/entries.ts';
import { proveConsistency, proveInclusion, proveRoot } from '../../../../lambdas/patterns/audit/verify/prove.ts';
import { verifyLog } from '../../../../lambdas/patterns/audit/verify/verify.ts';
import { testSigner } from '../tlog/signer.ts';
import { key, logOf, sourceOf } from './logs.ts';

const batches = [3, 250, 20, 300, 1];
const size = 574;
let whole: ReadonlyMap<string, Uint8Array>;

beforeAll(async () => {
  whole = await logOf(batches);
});

/** The verdict on a log after somebody has meddled with it. */
async function verdictOn(meddle: (files: Map<string, Uint8Array>) => unknown) {
  const files = new Map(whole);
  await meddle(files);
  return verifyLog(sourceOf(files), key.verifier);
}

const bundle = (index: number) => tilePath({ ...(tileAt(0, index, size) as object), level: 'entries' } as never);
const change = (files: Map<string, Uint8Array>, path: string, how: (entries: Uint8Array[]) => Uint8Array[]) =>
  files.set(path, encodeEntries(how(decodeEntries(files.get(path) as Uint8Array))));
const flip = (bytes: Uint8Array, at: number) => Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 0x10 : byte));

test('a log that nobody meddled with has no finding', async () => {
  expect(await verdictOn(() => undefined)).toMatchObject({ checkpoints: 6, entries: size, findings: [] });
});

test('so has any log, however it was appended to', async () => {
  const anyBatches = fc.array(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constantFrom(255, 256, 257)), {
    minLength: 1,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(anyBatches, async (sizes) => {
      const { findings, entries } = await verifyLog(sourceOf(await logOf(sizes)), key.verifier);
      expect({ findings, entries }).toEqual({ findings: [], entries: sizes.reduce((sum, each) => sum + each, 0) });
    }),
    { numRuns: 20 },
  );
});

describe('what is wrong is found, and said exactly:', () => {
  test('an entry was changed', async () => {
    const { findings } = await verdictOn((files) =>
      change(files, bundle(1), (all) => all.with(7, Buffer.from('other'))),
    );
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ kind: 'entry-changed', where: 'entry 263' });
  });

  test('an entry at the edge was changed, with no full tile above it', async () => {
    const { findings } = await verdictOn((files) =>
      change(files, bundle(2), (all) => all.with(3, Buffer.from('other'))),
    );
    expect(findings).toMatchObject([{ kind: 'entry-changed', where: 'entry 515' }]);
  });

  test('an entry was dropped', async () => {
    const { findings } = await verdictOn((files) => change(files, bundle(0), (all) => all.toSpliced(100, 1)));
    expect(findings).toMatchObject([{ kind: 'missing', where: bundle(0) }]);
    expect(findings[0]?.what).toContain('it has 255 entries and not 256; entry 100 is the first');
  });

  test('entries were reordered', async () => {
    const { findings } = await verdictOn((files) =>
      change(files, bundle(0), (all) => all.with(4, all[9] as Uint8Array).with(9, all[4] as Uint8Array)),
    );
    expect(findings).toMatchObject([{ kind: 'entries-reordered' }]);
    expect(findings[0]?.what).toContain('entries 4, 9 are in another order');
  });

  test('a tile was changed, and the entries were not', async () => {
    const path = tilePath({ level: 0, index: 0, width: 256 });
    const { findings } = await verdictOn((files) => files.set(path, flip(files.get(path) as Uint8Array, 5 * 32)));
    expect(findings).toMatchObject([{ kind: 'tile-changed', where: path }]);
    const edge = tilePath({ level: 0, index: 2, width: 62 });
    const atEdge = await verdictOn((files) => files.set(edge, flip(files.get(edge) as Uint8Array, 0)));
    expect(atEdge.findings).toMatchObject([{ kind: 'tile-changed', where: edge }]);
    const above = tilePath({ level: 1, index: 0, width: 2 });
    const upper = await verdictOn((files) => files.set(above, flip(files.get(above) as Uint8Array, 40)));
    expect(upper.findings).toMatchObject([{ kind: 'tile-changed', where: above }]);
    expect(upper.findings[0]?.what).toContain('its hash 1 is not that of the entries 256 to 511');
  });

  test('an entry was changed together with its tile', async () => {
    const { findings } = await verdictOn((files) => {
      change(files, bundle(0), (all) => all.with(9, Buffer.from('other')));
      const path = tilePath({ level: 0, index: 0, width: 256 });
      const tile = Uint8Array.from(files.get(path) as Uint8Array);
      tile.set(leafHash(Buffer.from('other')), 9 * 32);
      files.set(path, tile);
    });
    expect(findings[0]).toMatchObject({ kind: 'rewritten', where: 'entries 3 to 252' });
    expect(findings.at(-1)?.what).toContain('not that of the entries 0 to 255 and their tiles');
  });

  test('the log was exchanged as a whole, by somebody without its key', async () => {
    const other = await logOf(batches, 'another entry');
    const { findings } = await verdictOn((files) => {
      for (const [path, bytes] of other) if (path.startsWith('tile/')) files.set(path, bytes);
    });
    expect(findings[0]).toMatchObject({ kind: 'rewritten', where: 'entries 0 to 2' });
    expect(findings.filter(({ kind }) => kind === 'rewritten')).toHaveLength(6);
  });

  test('the log was cut: an earlier checkpoint is in the place of the newest', async () => {
    const { findings } = await verdictOn((files) => {
      files.set('checkpoint', files.get('checkpoints/000000000000273') as Uint8Array);
    });
    expect(findings).toMatchObject([{ kind: 'rolled-back' }]);
    expect(findings[0]?.what).toContain('it is of 273 entries, and checkpoints/000000000000574 of 574');
  });

  test('the log was cut with all that tells of it, and somebody kept a checkpoint', async () => {
    const cut = await logOf(batches.slice(0, 3));
    expect((await verifyLog(sourceOf(cut), key.verifier)).findings).toEqual([]);
    const note = Buffer.from(whole.get('checkpoint') as Uint8Array).toString();
    const { findings } = await verifyLog(sourceOf(cut), key.verifier, [{ where: 'kept.txt', note }]);
    const kinds = findings.map(({ kind }) => kind);
    expect(kinds).toContain('rolled-back');
    expect(kinds).toContain('missing');
  });

  test('a fork: the key has signed another log of the same size', async () => {
    const other = await logOf([273, 301], 'forked');
    const note = Buffer.from(other.get('checkpoint') as Uint8Array).toString();
    const { findings } = await verifyLog(sourceOf(whole), key.verifier, [{ where: 'seen elsewhere', note }]);
    expect(findings[0]).toMatchObject({ kind: 'fork' });
    expect(findings[0]?.what).toContain('are both signed, of 574 entries, and have different roots');
  });

  test('a fork: the key has signed another log of a size that this one has no checkpoint of', async () => {
    const note = await signCheckpoint({ size: 100, root: leafHash(Buffer.of()) }, key.signer);
    const { findings } = await verifyLog(sourceOf(whole), key.verifier, [{ where: 'seen elsewhere', note }]);
    expect(findings).toMatchObject([{ kind: 'fork', where: 'seen elsewhere' }]);
  });

  test('a checkpoint by another key', async () => {
    const other = await logOf([10], 'entry', testSigner('audit.example/trail', 5));
    const { findings } = await verdictOn((files) => {
      files.set('checkpoint', other.get('checkpoint') as Uint8Array);
    });
    expect(findings).toMatchObject([{ kind: 'checkpoint-untrusted', where: 'checkpoint' }]);
  });

  test.each(['checkpoint', bundle(1), tilePath({ level: 0, index: 1, width: 256 }), 'tile/1/000.p/2'])(
    '%s is gone',
    async (path) => {
      const { findings } = await verdictOn((files) => {
        files.delete(path);
      });
      expect(findings[0]).toMatchObject({ where: path });
    },
  );
});

test('any byte of the newest log that is changed is found', async () => {
  const live = [...whole.keys()].filter((path) => path.startsWith('checkpoint'));
  for (let level = 0; level < levelsOf(size); level += 1) {
    for (let index = 0; tileAt(level, index, size); index += 1)
      live.push(tilePath(tileAt(level, index, size) as never));
  }
  live.push(bundle(0), bundle(1), bundle(2));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...live), fc.nat(), async (path, any) => {
      const bytes = whole.get(path) as Uint8Array;
      const { findings } = await verdictOn((files) => {
        files.set(path, flip(bytes, any % bytes.length));
      });
      expect(findings.length, path).toBeGreaterThan(0);
    }),
    { numRuns: 150 },
  );
});

describe('proofs from the tiles', () => {
  test('of any entry lead to the root, at any size of the log', async () => {
    const source = sourceOf(whole);
    for (const at of [3, 253, 273, 573, 574]) {
      const root = await proveRoot(source, at);
      for (const index of [0, at - 1, Math.floor(at / 2)]) {
        const proof = await proveInclusion(source, index, at);
        const found = rootFromInclusion(leafHash(await readEntry(source, index, at)), index, at, proof);
        expect(found, `${index} of ${at}`).toEqual(root);
      }
    }
  });

  test('of any two checkpoints show that the one grew out of the other', async () => {
    const source = sourceOf(whole);
    const sizes = [3, 253, 273, 573, 574];
    const heads = await Promise.all(sizes.map(async (at) => ({ size: at, root: await proveRoot(source, at) })));
    for (const [i, from] of heads.entries()) {
      for (const to of heads.slice(i)) {
        expect(isConsistent(from, to, await proveConsistency(source, from.size, to.size))).toBe(true);
      }
    }
  });
});
