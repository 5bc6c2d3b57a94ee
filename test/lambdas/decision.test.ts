import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide, explainAbove, type Score, thresholdOf } from '../../lambdas/patterns/decision/decision.ts';

const scored = (probability: number): Score => ({ ok: true, probability, modelVersion: 'v1', reasons: [] });
const anyPolicy = fc.record({
  costRatio: fc.double({ min: 0.01, max: 1000, noNaN: true }),
  referMargin: fc.double({ min: 0, max: 0.5, noNaN: true }),
});
const anyProbability = fc.double({ min: 0, max: 1, noNaN: true });

test('five to one is a threshold of a sixth', () => {
  expect(thresholdOf(5)).toBe(1 / 6);
});

test('without a margin the decision is the one of the lower expected cost', () => {
  fc.assert(
    fc.property(anyProbability, anyPolicy, (probability, { costRatio }) => {
      const { outcome } = decide(scored(probability), { costRatio, referMargin: 0 });
      const [cost, other] = [probability * costRatio, 1 - probability];
      expect(outcome === 'approved' ? cost - other : other - cost).toBeLessThanOrEqual(1e-9 * costRatio);
    }),
  );
});

test('a score within the margin goes to a person, any other does not', () => {
  fc.assert(
    fc.property(anyProbability, anyPolicy, (probability, policy) => {
      const { outcome, rung, referredFor } = decide(scored(probability), policy);
      const near = Math.abs(probability - thresholdOf(policy.costRatio)) < policy.referMargin;
      expect(outcome === 'referred').toBe(near);
      expect(rung).toBe(near ? 'person' : 'model');
      expect(referredFor).toBe(near ? 'near-threshold' : null);
    }),
  );
});

test('reasons are asked for wherever a decline or a referral may follow', () => {
  fc.assert(
    fc.property(anyProbability, anyPolicy, (probability, policy) => {
      fc.pre(decide(scored(probability), policy).outcome !== 'approved');
      // A hair's breadth for the rounding of the subtraction.
      expect(probability).toBeGreaterThanOrEqual(explainAbove(policy) - 1e-12);
    }),
  );
});

test.each(['model-unavailable', 'model-answer-invalid'] as const)('without a score (%s) a person decides', (why) => {
  expect(decide({ ok: false, why }, { costRatio: 5, referMargin: 0.02 })).toEqual({
    outcome: 'referred',
    rung: 'person',
    probability: null,
    modelVersion: null,
    threshold: 1 / 6,
    reasons: [],
    referredFor: why,
  });
});
