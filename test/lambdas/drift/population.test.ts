import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binsOf, countIn } from '../../../lambdas/patterns/drift/bins.ts';
import { holm } from '../../../lambdas/patterns/drift/holm.ts';
import { kolmogorovSmirnov } from '../../../lambdas/patterns/drift/kolmogorov-smirnov.ts';
import { comparePopulations } from '../../../lambdas/patterns/drift/population.ts';
import { psiLimit, psiOf, stability } from '../../../lambdas/patterns/drift/psi.ts';
import { seeded } from '../../../local/drift/random.ts';

/** So many values that follow one distribution. */
function drawn(count: number, random: () => number, shift = 0): number[] {
  return Array.from({ length: count }, () => random() + random() + random() + shift);
}

describe('bins', () => {
  test('of numbers are deciles of the reference, with a place for all that comes and for what is not known', () => {
    const bins = binsOf(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(bins).toEqual({ kind: 'number', edges: [10, 20, 30, 40, 50, 60, 70, 80, 90] });
    expect(countIn(bins, [-5, 10, 10.5, 1e9, null, null])).toEqual([2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
  });

  test('of categories are the frequent ones, all others together, and what is not known', () => {
    const bins = binsOf([...Array(60).fill('CA'), ...Array(60).fill('NY'), 'AK']);
    expect(bins).toEqual({ kind: 'category', names: ['CA', 'NY'] });
    expect(countIn(bins, ['CA', 'AK', 'ZZ', null, 'NY'])).toEqual([1, 1, 2, 1]);
  });

  test('hold every value once', () => {
    const value = fc.option(fc.double({ noNaN: true }), { nil: null });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), fc.array(value), (reference, current) => {
        const counts = countIn(binsOf(reference), current);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(current.length);
      }),
    );
  });
});

describe('the population stability index', () => {
  test('is nothing between equal histograms, and the same whichever way it is taken', () => {
    expect(psiOf([10, 20, 30], [10, 20, 30])).toBe(0);
    expect(psiOf([10, 20, 30], [30, 20, 10])).toBeCloseTo(psiOf([30, 20, 10], [10, 20, 30]), 12);
  });

  test('on unchanged data exceeds a fixed limit nearly always where few are compared, and its own limit rarely', () => {
    const random = seeded(7);
    let [fixed, own] = [0, 0];
    for (let run = 0; run < 1_000; run++) {
      const [reference, current] = [drawn(100, random), drawn(100, random)];
      const bins = binsOf(reference);
      const [p, q] = [countIn(bins, reference), countIn(bins, current)].map((counts) => counts.slice(0, 10));
      if (!p || !q) continue;
      if (psiOf(p, q) > 0.1) fixed++;
      if (psiOf(p, q) > psiLimit(100, 100, 10, 0.05)) own++;
    }
    expect(fixed).toBeGreaterThan(700);
    // 50 are expected; the deciles are those of the reference, which makes it a little less than that.
    expect(own).toBeLessThan(80);
  });

  test.each([
    ['many', 2_000],
    ['few', 40],
  ])('gives chances that are as likely as they say, for %s values', (_, size) => {
    const random = seeded(11);
    const runs = 200;
    let below = 0;
    for (let run = 0; run < runs; run++) {
      const bins = binsOf(drawn(1_000, random));
      const { pValue } = stability(countIn(bins, drawn(size, random)), countIn(bins, drawn(size, random)), random);
      if (pValue <= 0.1) below++;
    }
    expect(below).toBeGreaterThan(5);
    expect(below).toBeLessThan(36);
  });

  test('finds what has changed', () => {
    const random = seeded(3);
    const reference = drawn(1_000, random);
    const bins = binsOf(reference);
    expect(stability(countIn(bins, reference), countIn(bins, drawn(300, random, 0.3)), random).pValue).toBeLessThan(
      1e-6,
    );
  });
});

test('the distance of samples that do not meet is 1, and that of the same sample 0', () => {
  expect(kolmogorovSmirnov([1, 2, 3], [4, 5, 6]).distance).toBe(1);
  expect(kolmogorovSmirnov([1, 1, 2], [1, 1, 2])).toEqual({ distance: 0, pValue: 1 });
});

describe('the correction for many tests', () => {
  test('finds no less than that of Bonferroni, and nothing that no single test finds', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (pValues) => {
        const found = holm(pValues, 0.05);
        for (const [index, pValue] of pValues.entries()) {
          if (pValue <= 0.05 / pValues.length) expect(found[index]).toBe(true);
          if (pValue > 0.05) expect(found[index]).toBe(false);
        }
      }),
    );
  });

  test('is that of the textbook', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005], 0.05)).toEqual([true, false, false, true]);
  });
});

describe('a population', () => {
  const sample = (count: number, random: () => number, shift = 0) => ({
    score: drawn(count, random, shift),
    amount: drawn(count, random),
    state: Array.from({ length: count }, () => (random() < 0.3 ? 'CA' : random() < 0.5 ? 'NY' : null)),
  });

  test('that has not changed is quiet, however often one looks', () => {
    const random = seeded(5);
    let false_ = 0;
    for (let run = 0; run < 200; run++) {
      const found = comparePopulations(sample(400, random), sample(400, random), { random, level: 0.05 });
      if (found.some(({ significant }) => significant)) false_++;
    }
    // 10 are expected at most.
    expect(false_).toBeLessThanOrEqual(17);
  });

  test('whose score has moved is told by both statistics, and nothing else is', () => {
    const random = seeded(6);
    const found = comparePopulations(sample(2_000, random), sample(500, random, 0.4), { random });
    expect(found.filter(({ drifted }) => drifted).map(({ feature, statistic }) => `${feature} ${statistic}`)).toEqual([
      'score psi',
      'score ks',
    ]);
  });

  test('of very many is told apart by the smallest difference, which does not matter', () => {
    const random = seeded(8);
    const found = comparePopulations(
      { score: drawn(200_000, random) },
      { score: drawn(200_000, random, 0.02) },
      { random },
    );
    expect(found).toMatchObject([
      { significant: true, drifted: false },
      { significant: true, drifted: false },
    ]);
  });
});
