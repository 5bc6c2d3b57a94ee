import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision } from '../../../lambdas/patterns/decision/decision.ts';
import { monthName, monthNumber, outcomesOf, referenceOf } from '../../../lambdas/patterns/drift/outcomes.ts';
import { compareBinned } from '../../../lambdas/patterns/drift/population.ts';
import { isAnswered, isLessStrict, ringOf } from '../../../lambdas/patterns/drift-monitor/answer.ts';
import { evaluate } from '../../../lambdas/patterns/drift-monitor/evaluate.ts';
import type { VersionReference } from '../../../lambdas/patterns/drift-monitor/reference.ts';
import type { Kept } from '../../../lambdas/patterns/drift-monitor/state.ts';
import {
  addDecision,
  addOutcome,
  isModelsLoan,
  noDecisions,
  noOutcomes,
  partOf,
} from '../../../lambdas/patterns/drift-monitor/sums.ts';
import { modes } from '../../../lambdas/patterns/modes/mode.ts';
import type { OutcomeVersion } from '../../../lambdas/patterns/outcome/store.ts';
import { seeded } from '../../../local/drift/random.ts';

/** A loan that the model approved, but for what is changed. */
function decision(changes: Partial<Decision> = {}): Decision & { probability: number } {
  return {
    applicationId: 'A-1',
    outcome: 'approved',
    rung: 'model',
    why: [],
    mode: 'normal',
    probability: 0.1,
    modelVersion: 'v1',
    features: { sector: '44', state: 'CA', urbanRural: 'urban', newBusiness: true, amount: 5 },
    submittedAt: '2004-03-01',
    ...changes,
  } as Decision & { probability: number };
}

const outcome = (changes: Partial<OutcomeVersion> = {}): OutcomeVersion => ({
  applicationId: 'A-1',
  outcome: 'defaulted',
  occurredAt: '2005-01-01',
  knownAt: '2005-04-01',
  version: 1,
  recordedAt: '2005-04-02T00:00:00.000Z',
  ...changes,
});

/** Training loans of a year, of which few default each month. */
const known = referenceOf(
  Array.from({ length: 12 }, (_, index) => ({
    month: monthNumber('2003-01-01') + index,
    loans: 1_000,
    probability: 100,
    outcomes: new Map([[monthNumber('2003-12-01'), { paid: 0, defaulted: 2 }]]),
  })),
  monthNumber('2004-01-01'),
);
const reference: VersionReference = {
  population: { score: { kind: 'number', edges: [0.1, 0.2], counts: [500, 300, 200, 0] } },
  outcomes: known,
};

const options = {
  champion: 'v1',
  references: new Map([['v1', reference]]),
  end: monthNumber('2007-01-01'),
  since: 0,
  populationMonths: 60,
  maturityMonths: 24,
  costRatio: 5,
  evidence: {},
};

/** The sums of decisions and outcomes, as the monitor adds them up day by day. */
function keptOf(
  made: readonly {
    readonly decision: Decision & { probability: number };
    readonly outcomes: readonly OutcomeVersion[];
  }[],
): Kept[] {
  return made.flatMap(({ decision, outcomes }, index) => {
    const part = { ...partOf(decision, `2026-01-${String((index % 28) + 1).padStart(2, '0')}`) };
    const [decided, ended] = [noDecisions(), noOutcomes()];
    addDecision(decided, decision, reference);
    for (const each of outcomes) if (isModelsLoan(decision)) addOutcome(ended, each, decision, 1);
    return [
      { ...part, of: 'decisions' as const, sums: decided },
      { ...part, of: 'outcomes' as const, sums: ended },
    ];
  });
}

test('what is added up by day expects and observes just what a replay over all loans does', () => {
  const loan = fc.record({
    month: fc.integer({ min: monthNumber('2004-01-01'), max: monthNumber('2005-12-01') }),
    probability: fc.double({ min: 0.01, max: 0.5, noNaN: true }),
    delay: fc.integer({ min: 0, max: 40 }),
    ending: fc.constantFrom('paid' as const, 'defaulted' as const, undefined),
  });
  fc.assert(
    fc.property(fc.array(loan, { minLength: 1, maxLength: 40 }), (loans) => {
      const made = loans.map(({ month, probability, delay, ending }) => ({
        decision: decision({ submittedAt: `${monthName(month)}-10`, probability }),
        outcomes: ending ? [outcome({ outcome: ending, knownAt: `${monthName(month + delay)}-20` })] : [],
      }));
      const cohorts = loans.map(({ month, probability, delay, ending }) => {
        const counts = { paid: Number(ending === 'paid'), defaulted: Number(ending === 'defaulted') };
        return { month, loans: 1, probability, outcomes: new Map(ending ? [[month + delay, counts]] : []) };
      });
      const { outcomes } = evaluate(keptOf(made), options);
      // A month's loans are one cohort there and several here: the expectation is linear in them.
      for (const { month, observed, expected } of outcomes) {
        const alone = cohorts.map((cohort) => outcomesOf([cohort], known, month));
        expect(observed).toBe(alone.reduce((sum, each) => sum + each.observed, 0));
        const merged = outcomesOf(mergedByMonth(cohorts), known, month);
        expect(expected).toBeCloseTo(merged.expected, 9);
      }
      expect(outcomes.at(-1)?.month).toBe(options.end - 1);
    }),
    { numRuns: 50 },
  );
});

type Cohorts = Parameters<typeof outcomesOf>[0];

function mergedByMonth(cohorts: Cohorts): Cohorts {
  return [...Map.groupBy(cohorts, ({ month }) => month)].map(([month, each]) => {
    const outcomes = new Map<number, { paid: number; defaulted: number }>();
    for (const [at, { paid, defaulted }] of each.flatMap((cohort) => [...cohort.outcomes])) {
      const before = outcomes.get(at) ?? { paid: 0, defaulted: 0 };
      outcomes.set(at, { paid: before.paid + paid, defaulted: before.defaulted + defaulted });
    }
    return {
      month,
      loans: each.length,
      probability: each.reduce((sum, { probability }) => sum + probability, 0),
      outcomes,
    };
  });
}

test.each([
  ['declined', { outcome: 'declined' }],
  ['decided by people', { outcome: 'referred', rung: 'person', why: [{ rung: 'model', why: 'near-threshold' }] }],
  ['approved by the scorecard', { rung: 'scorecard', why: [{ rung: 'model', why: 'unavailable' }] }],
] as const)('the model does not answer for a loan that was %s', (_, changes) => {
  const made = [{ decision: decision(changes as Partial<Decision>), outcomes: [outcome()] }];
  const { outcomes, matured } = evaluate(keptOf(made), options);
  expect(outcomes.reduce((sum, { observed, expected }) => sum + observed + expected, 0)).toBe(0);
  expect(matured).toBeUndefined();
});

test('Brier score, cost and budget are those of the loans that are old enough, one by one', () => {
  const probabilities = [0.05, 0.1, 0.15];
  const made = probabilities.map((probability, index) => ({
    decision: decision({ probability }),
    outcomes: index === 2 ? [outcome()] : [],
  }));
  const young = { decision: decision({ submittedAt: '2006-06-01' }), outcomes: [outcome()] };
  const { matured } = evaluate(keptOf([...made, young]), options);
  expect(matured?.loans).toBe(3);
  expect(matured?.brier).toBeCloseTo((0.05 ** 2 + 0.1 ** 2 + 0.85 ** 2) / 3, 12);
  expect(matured?.cost).toBeCloseTo(5 / 3, 12);
  expect(matured?.budget).toBeCloseTo((1.5 * 5 * 0.3) / 3, 12);
});

test('a correction takes back what it corrects, in the month in which the mistake was known', () => {
  const sums = noOutcomes();
  addOutcome(sums, outcome(), decision(), 1);
  addOutcome(sums, outcome({ knownAt: '2005-08-01' }), decision(), -1);
  addOutcome(sums, outcome({ outcome: 'paid', knownAt: '2005-08-01' }), decision(), 1);
  expect(sums).toMatchObject({ known: { '2005-04': [0, 1], '2005-08': [1, -1] }, surprise: 0 });
  expect(Object.values(sums.groups)).toEqual([0, 0, 0, 0]);
});

test('gaps are told between groups of enough members, with their names', () => {
  const many = (count: number, changes: Partial<Decision>) =>
    Array.from({ length: count }, () => ({ decision: decision(changes), outcomes: [] }));
  const urban = { features: { urbanRural: 'urban' } };
  const rural = { features: { urbanRural: 'rural' } };
  const made = [
    ...many(60, urban),
    ...many(40, { ...urban, outcome: 'declined' }),
    ...many(20, rural),
    ...many(60, { ...rural, outcome: 'declined' }),
    ...many(49, { features: { urbanRural: 'unknown' }, outcome: 'declined' }),
  ];
  const { approved } = evaluate(keptOf(made), options).gaps;
  expect(approved.urbanRural).toEqual({ points: 35, highest: 'urbanRural/urban', lowest: 'urbanRural/rural' });
});

test('a version without a reference is named, and what it approved is not watched', () => {
  const made = [{ decision: decision({ modelVersion: 'v2' }), outcomes: [outcome()] }];
  const found = evaluate(keptOf(made), options);
  expect(found.withoutReference).toEqual(['v2']);
  expect(found.outcomes).toEqual([]);
});

test('the distance by bins is at most that of the values, and the same data has none', () => {
  const random = seeded(3);
  const sample = (shift: number) => Array.from({ length: 2_000 }, () => random() + shift);
  const edges = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
  const counts = (values: readonly number[]) =>
    [...edges, Number.POSITIVE_INFINITY].map(
      (edge, at) => values.filter((value) => value <= edge && value > (edges[at - 1] ?? -1)).length,
    );
  const one = { kind: 'number' as const, edges, counts: [...counts(sample(0)), 0] };
  const compare = (values: readonly number[]) => compareBinned({ x: one }, { x: [...counts(values), 0] }, { random });
  expect(compare(sample(0)).some(({ drifted }) => drifted)).toBe(false);
  const [, distance] = compare(sample(0.15));
  expect(distance).toMatchObject({ statistic: 'ks', drifted: true });
  expect(distance?.value).toBeGreaterThan(0.1);
  expect(distance?.value).toBeLessThan(0.2);
});

test('a stricter mode is never overridden, and an unknown one counts as people', () => {
  const stricter = (onRing: 'degraded' | 'manual') =>
    modes.filter((mode) => isLessStrict({ mode, reason: 'x', by: 'x' }, onRing));
  expect(stricter('manual')).toEqual(['normal', 'degraded']);
  expect(stricter('degraded')).toEqual(['normal']);
  expect(isLessStrict(undefined, 'manual')).toBe(false);
});

test('a ring is answered by a person who lets more be decided, and not by a rollback to what held before', () => {
  const before = { mode: 'normal', reason: 'as deployed', by: 'deployment' } as const;
  const ring = ringOf(
    [{ month: 24_060, observed: 9, expected: 1, evidence: 7_000, limit: 6_000, rings: true }],
    before,
  );
  expect(ring).toEqual({ month: '2005-01', observed: 9, expected: 1, before });
  if (!ring) throw new Error('it rang');
  expect(isAnswered(ring, before, 'manual')).toBe(false);
  expect(isAnswered(ring, { mode: 'manual', reason: 'rang', by: 'drift-monitor' }, 'manual')).toBe(false);
  expect(isAnswered(ring, { mode: 'normal', reason: 'looked into', by: 'staff-7' }, 'manual')).toBe(true);
  expect(isAnswered(ring, { mode: 'degraded', reason: 'looked into', by: 'staff-7' }, 'manual')).toBe(true);
});
