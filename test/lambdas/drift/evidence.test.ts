import { describe, expect, test } from 'vitest';
import { watchOutcomes } from '../../../lambdas/patterns/drift/evidence.ts';
import { worthOf } from '../../../lambdas/patterns/drift/matured.ts';
import {
  type Cohort,
  monthName,
  monthNumber,
  outcomesOf,
  referenceOf,
} from '../../../lambdas/patterns/drift/outcomes.ts';
import { seeded } from '../../../local/drift/random.ts';

/** A Poisson count, by multiplying numbers (Knuth). */
function poisson(mean: number, random: () => number): number {
  const end = Math.exp(-mean);
  let [count, product] = [0, random()];
  while (product > end) {
    product *= random();
    count++;
  }
  return count;
}

/** The first month, from 1, in which so many times the expected defaults ring; undefined if none of 60 does. */
function ringsAfter(ratio: number, expected: number, random: () => number): number | undefined {
  const months = Array.from({ length: 60 }, (_, month) => ({
    month,
    expected,
    observed: poisson(ratio * expected, random),
  }));
  const place = watchOutcomes(months).findIndex(({ rings }) => rings);
  return place < 0 ? undefined : place + 1;
}

describe('evidence against a model', () => {
  test.each([0.2, 2, 20])(
    'rings falsely in at most one of a hundred runs of five years, at %d expected a month',
    (expected) => {
      const random = seeded(1);
      const runs = 1_000;
      const rang = Array.from({ length: runs }, () => ringsAfter(1.5, expected, random)).filter(
        (each) => each !== undefined,
      );
      expect(rang.length).toBeLessThanOrEqual(runs * 0.01);
    },
  );

  test.each([
    [3, 20, 2],
    [3, 5, 6],
    [2, 20, 9],
  ])(
    'of %d times the tolerated rings, at %d expected a month, within %d months in half of the runs',
    (ratio, expected, median) => {
      const random = seeded(2);
      const delays = Array.from({ length: 300 }, () => ringsAfter(ratio, expected, random) ?? 61).toSorted(
        (a, b) => a - b,
      );
      expect(delays[150]).toBeLessThanOrEqual(median);
    },
  );

  test('does not forget to ring after quiet years', () => {
    const quiet = Array.from({ length: 36 }, (_, month) => ({ month, expected: 10, observed: 9 }));
    const bad = Array.from({ length: 4 }, (_, month) => ({ month: 36 + month, expected: 10, observed: 30 }));
    const found = watchOutcomes([...quiet, ...bad]);
    expect(found.filter(({ rings }) => rings).map(({ month }) => month)).toEqual([36, 37, 38, 39].slice(1));
  });
});

describe('expected defaults', () => {
  const known = (...entries: [number, number, number][]) =>
    new Map(entries.map(([month, paid, defaulted]) => [month, { paid, defaulted }]));

  test('follow the hazard of the age, the loans that are left, and the score', () => {
    const reference = { hazards: [0, 0.01, 0.02], meanProbability: 0.1 };
    const cohorts: Cohort[] = [
      { month: 100, loans: 1_000, probability: 100, outcomes: known([101, 50, 50]) },
      { month: 101, loans: 1_000, probability: 200, outcomes: known([102, 0, 7]) },
    ];
    expect(outcomesOf(cohorts, reference, 101)).toEqual({ month: 101, observed: 50, expected: 10 });
    // 900 are left of the first at 2 %, 1000 of the second at 1 % and twice the risk.
    expect(outcomesOf(cohorts, reference, 102)).toEqual({ month: 102, observed: 7, expected: 38 });
  });

  test('are not taken from what the reference could not know yet', () => {
    const cohort = (outcomes: ReturnType<typeof known>): Cohort => ({
      month: 100,
      loans: 1_000,
      probability: 50,
      outcomes,
    });
    const before = known([101, 0, 4]);
    const withFuture = known([101, 0, 4], [103, 300, 300], [140, 100, 100]);
    expect(referenceOf([cohort(withFuture)], 103)).toEqual(referenceOf([cohort(before)], 103));
    expect(referenceOf([cohort(before)], 103)).toEqual({
      hazards: [1 / 1_000, 5 / 1_000, 1 / 996],
      meanProbability: 0.05,
    });
  });

  test('months are counted and named', () => {
    expect(monthNumber('2004-01-31')).toBe(24_048);
    expect(monthName(24_048)).toBe('2004-01');
    expect(monthName(monthNumber('2005-12-01'))).toBe('2005-12');
  });
});

test('matured loans are judged by Brier score and by what their decisions cost', () => {
  const judged = [
    { probability: 0.1, defaulted: true },
    { probability: 0.1, defaulted: false },
    { probability: 0.5, defaulted: false },
    { probability: 0.5, defaulted: true },
  ];
  const worth = worthOf(judged, 5);
  expect(worth).toMatchObject({ loans: 4, observed: 0.5, predicted: 0.3, cost: 1.5 });
  expect(worth.brier).toBeCloseTo((0.81 + 0.01 + 0.25 + 0.25) / 4, 12);
});
