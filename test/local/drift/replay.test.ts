import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seeded } from '../../../local/drift/random.ts';
import { lossAfter, replayOutcomes } from '../../../local/drift/replay.ts';
import type { ScoredLoan } from '../../../local/drift/scored.ts';
import { root } from '../../../scripts/root.ts';

const run = promisify(execFile);

/** Loans of 24 months, 12 of them of training, of which a share defaults a few months after it was decided. */
function loans(share: (month: number) => number, random: () => number): ScoredLoan[] {
  return Array.from({ length: 24 * 200 }, (_, index) => {
    const month = 24_000 + Math.floor(index / 200);
    const defaulted = random() < share(month);
    const knownMonth = month + (defaulted ? 1 + Math.floor(random() * 6) : 60);
    return {
      month,
      knownMonth,
      defaulted,
      training: month < 24_012,
      probability: 0.1,
      amount: 1_000,
      chargedOff: defaulted ? 800 : 0,
      features: { employees: Math.floor(random() * 10) },
    };
  });
}

test('a model whose loans default as before is left alone, and one whose loans do not is found', () => {
  expect(replayOutcomes(loans(() => 0.1, seeded(1))).rang).toBeUndefined();
  const worse = replayOutcomes(loans((month) => (month < 24_014 ? 0.1 : 0.4), seeded(1)));
  expect(worse.rang?.month).toBeGreaterThan(24_014);
  expect(worse.rang?.month).toBeLessThan(24_020);
});

test('no month depends on what became known after it', () => {
  const all = loans((month) => (month < 24_014 ? 0.1 : 0.4), seeded(2));
  fc.assert(
    fc.property(fc.integer({ min: 24_012, max: 24_023 }), (now) => {
      // Whatever is known later, and whoever applies later, turns out the other way.
      const otherFuture = all.map((loan) => (loan.knownMonth > now ? { ...loan, defaulted: !loan.defaulted } : loan));
      const until = (which: readonly ScoredLoan[]) => replayOutcomes(which).months.filter(({ month }) => month <= now);
      expect(until(otherFuture)).toEqual(until(all));
    }),
    { numRuns: 12 },
  );
});

test('the loss counts what changes from the month after the ring on', () => {
  const loan = (changes: Partial<ScoredLoan>): ScoredLoan => ({
    month: 10,
    knownMonth: 20,
    defaulted: false,
    training: false,
    probability: 0.14,
    amount: 1_000,
    chargedOff: 0,
    features: {},
    ...changes,
  });
  const bad = { defaulted: true, chargedOff: 700 };
  const touched = [loan(bad), loan({}), loan({ ...bad, probability: 0.9 }), loan({ probability: 0.01 })];
  expect(lossAfter([...touched, loan({ ...bad, month: 9 }), loan({ ...bad, training: true })], 9, 1.5, 5)).toEqual({
    applications: 4,
    alone: 5,
    corrected: 1,
    declined: 2,
    chargedOff: 700,
    goodRefused: 1,
    goodRefusedAmount: 1_000,
  });
});

test('the command tells when it rang, and names a column that is missing', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'seaworthy-drift-'));
  const file = path.join(folder, 'scored.csv');
  const day = (month: number) => `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-15`;
  const rows = loans((month) => (month < 24_014 ? 0.1 : 0.4), seeded(3)).map((each) =>
    [
      day(each.month),
      day(each.knownMonth),
      Number(each.defaulted),
      Number(each.training),
      each.probability,
      each.amount,
      each.chargedOff,
      each.features['employees'],
    ].join(','),
  );
  const header = 'submittedAt,knownAt,defaulted,training,probability,requestedAmount,chargedOff,employees';
  await writeFile(file, [header, ...rows].join('\n'));
  const command = (...options: string[]) => run(process.execPath, ['local/drift/main.ts', ...options], { cwd: root });
  const { stdout } = await command(file);
  expect(stdout).toMatch(/It rang at the end of 2001-0[4-7], at \d\.\d times/);
  expect(stdout).toContain('model left alone');
  await writeFile(file, 'submittedAt,knownAt\n');
  await expect(command(file)).rejects.toThrow('has no column defaulted, training');
  await rm(folder, { recursive: true });
});
