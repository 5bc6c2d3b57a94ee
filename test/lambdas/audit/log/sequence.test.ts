import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Candidate, sequence } from '../../../../lambdas/patterns/audit/log/sequence.ts';
import { openCheckpoint } from '../../../../lambdas/patterns/audit/tlog/checkpoint.ts';
import { checkpointPath, decodeEntries, tilePath, tileWidth } from '../../../../lambdas/patterns/audit/tlog/tiles.ts';
import { mth } from '../tlog/oracle.ts';
import { testSigner } from '../tlog/signer.ts';
import { type Memory, memory } from './memory.ts';

const key = testSigner();

/** Sealed anew for each delivery, as real entries are: the same entry never has the same bytes twice. */
function candidate(name: string): Candidate {
  return { name, seal: () => Promise.resolve(Buffer.concat([Buffer.from(`${name}|`), randomBytes(8)])) };
}

const namesOf = (from: number, count: number) => Array.from({ length: count }, (_, i) => `decision/A-${from + i}`);
const nameOf = (entry: Uint8Array) => Buffer.from(entry).toString('latin1').split('|')[0] ?? '';

/** The entries of the log, from its bundles. */
function entriesOf({ files }: Memory, size: number): Uint8Array[] {
  const read = (index: number) => {
    const width = Math.min(tileWidth, size - index * tileWidth);
    return decodeEntries(files.get(tilePath({ level: 'entries', index, width })) ?? new Uint8Array());
  };
  return Array.from({ length: Math.ceil(size / tileWidth) }, (_, index) => read(index)).flat();
}

/** Fails unless the log has each name once, and every checkpoint that was ever written is of this one log. */
function check(log: Memory, names: readonly string[]): void {
  const newest = Buffer.from(log.files.get(checkpointPath) ?? '').toString();
  const { size } = openCheckpoint(newest, key.verifier);
  const entries = entriesOf(log, size);
  expect(entries.map(nameOf).toSorted()).toEqual([...new Set(names)].toSorted());
  expect(log.head()).toMatchObject({ size, published: size });
  for (const [index, entry] of entries.entries()) expect(log.indices.get(nameOf(entry))).toBe(index);
  const notes = log.writes.filter(({ path }) => path.startsWith('checkpoint'));
  for (const { path, bytes } of notes) {
    const checkpoint = openCheckpoint(Buffer.from(bytes).toString(), key.verifier);
    expect(Buffer.from(checkpoint.root), path).toEqual(mth(entries.slice(0, checkpoint.size)));
  }
  const sizes = notes
    .filter(({ path }) => path === checkpointPath)
    .map(({ bytes }) => openCheckpoint(Buffer.from(bytes).toString(), key.verifier).size);
  expect(sizes, 'the checkpoint never goes back').toEqual(sizes.toSorted((a, b) => a - b));
  const immutable = log.writes.map(({ path }) => path).filter((path) => path !== checkpointPath);
  expect(immutable.length, 'nothing else is written twice').toBe(new Set(immutable).size);
}

test('entries are in the log in the order given, and a second time adds none', async () => {
  const log = memory();
  const names = namesOf(0, 700);
  expect(await sequence(log, key, names.map(candidate))).toEqual({ appended: 700, size: 700 });
  expect(await sequence(log, key, names.slice(200).map(candidate))).toEqual({ appended: 0, size: 700 });
  expect(await sequence(log, key, [...names, 'mode/m-1', 'mode/m-1'].map(candidate))).toEqual({
    appended: 1,
    size: 701,
  });
  expect(entriesOf(log, 701).map(nameOf)).toEqual([...names, 'mode/m-1']);
  check(log, [...names, 'mode/m-1']);
});

class Crash extends Error {}

/** Batches that overlap, as deliveries do, and with sizes about those of tiles. */
const anyBatches = fc
  .array(fc.tuple(fc.nat({ max: 20 }), fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constantFrom(255, 256, 300))), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => {
    let from = 0;
    return parts.map(([back, count]) => {
      const names = namesOf(Math.max(0, from - back), count);
      from = Math.max(from, Math.max(0, from - back) + count);
      return names;
    });
  });

describe('a crash', () => {
  /** Runs the batches, each until it goes through, with a crash at every step whose number is given. */
  async function run(batches: readonly (readonly string[])[], crashes: ReadonlySet<number>) {
    let steps = 0;
    const log = memory(async () => {
      steps += 1;
      if (crashes.has(steps)) throw new Crash(`at step ${steps}`);
    });
    for (const names of batches) {
      // A delivery that fails is delivered again.
      while (!(await goesThrough(sequence(log, key, names.map(candidate)))));
    }
    return { log, steps };
  }

  async function goesThrough(work: Promise<unknown>): Promise<boolean> {
    try {
      await work;
      return true;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      return false;
    }
  }

  test('at any one step loses nothing, doubles nothing and forks nothing', async () => {
    const batches = [namesOf(0, 250), namesOf(240, 30), namesOf(270, 1)];
    const { steps } = await run(batches, new Set());
    expect(steps).toBeGreaterThan(60);
    for (let step = 1; step <= steps; step += 1) {
      const { log } = await run(batches, new Set([step]));
      check(log, batches.flat());
    }
  });

  test('at any steps, over and over, neither', async () => {
    const anyCrashes = fc.uniqueArray(fc.integer({ min: 1, max: 150 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(anyBatches, anyCrashes, async (batches, crashes) => {
        const { log } = await run(batches, new Set(crashes));
        check(log, batches.flat());
      }),
      { numRuns: 60 },
    );
  });
});

test('sequencers that run at a time, in any order of their steps, append each entry once and fork nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), anyBatches, async (scheduler, batches) => {
      const log = memory((call) => scheduler.schedule(Promise.resolve(), call));
      const work = batches.map((names) => sequence(log, key, names.map(candidate)));
      await scheduler.waitFor(Promise.all(work));
      check(log, batches.flat());
    }),
    { numRuns: 60 },
  );
});

describe('a log that somebody has meddled with', () => {
  const meddle = async (path: string, change: (bytes: Uint8Array) => Uint8Array) => {
    const log = memory();
    await sequence(log, key, namesOf(0, 300).map(candidate));
    log.files.set(path, change(log.files.get(path) ?? new Uint8Array()));
    return sequence(log, key, namesOf(300, 5).map(candidate));
  };

  test('is not appended to: a tile has another hash', async () => {
    const flip = (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, i) => (i === 40 ? byte ^ 1 : byte));
    await expect(meddle('tile/0/001.p/44', flip)).rejects.toThrow('the tiles do not have the root of the head at 300');
  });

  test('is not appended to: the checkpoint is another key’s', async () => {
    const forged = () => Buffer.from('audit.example/trail\n300\nAAAA\n\n— audit.example/trail AAAAAAAA\n');
    await expect(meddle('checkpoint', forged)).rejects.toThrow('not signed by');
  });
});
