import { describe, expect, test } from 'vitest';
import { isOverride, modelVerdict } from '../../../lambdas/patterns/review/oversight.ts';
import { priorityOf, type Referable, referralReasons } from '../../../lambdas/patterns/review/referral.ts';
import { referred } from './support.ts';

const never = { personFrom: 1e9, auditShare: 0 };
const approved: Referable = referred({ outcome: 'approved', probability: 0.01, referredFor: null });

describe('a person looks at a decision', () => {
  test.each([
    ['that the model did not dare to make', referred(), never, ['near-threshold']],
    [
      'that no model made',
      referred({ probability: null, modelVersion: null, referredFor: 'no-score' }),
      never,
      ['below-model'],
    ],
    ['on a large amount, whatever the model says', approved, { ...never, personFrom: 50_000 }, ['amount']],
    ['for two reasons at once', referred(), { ...never, personFrom: 50_000 }, ['near-threshold', 'amount']],
    ['that was drawn', approved, { ...never, auditShare: 1 }, ['audit-sample']],
  ])('%s', (_, decision, policy, reasons) => {
    expect(referralReasons(decision, policy)).toEqual(reasons);
  });

  test('and at no other', () => {
    expect(referralReasons(approved, never)).toEqual([]);
    expect(referralReasons(referred({ outcome: 'declined', probability: 0.9, referredFor: null }), never)).toEqual([]);
  });
});

test('the sample is the same at every delivery, and as large as asked', () => {
  const drawn = (id: number) =>
    referralReasons({ ...approved, applicationId: `A-${id}` }, { ...never, auditShare: 0.1 }).length;
  const ids = Array.from({ length: 20_000 }, (_, id) => id);
  const total = ids.reduce((sum, id) => sum + drawn(id), 0);
  // Five standard deviations of a binomial distribution: sqrt(20000 * 0.1 * 0.9) is 42.
  expect(Math.abs(total - 2_000)).toBeLessThan(212);
  expect(ids.map(drawn)).toEqual(ids.map(drawn));
});

test('the most urgent reason sets the priority', () => {
  expect(priorityOf(['near-threshold', 'amount'])).toBe(2);
  expect(priorityOf(['contested'])).toBe(3);
  expect(priorityOf(['audit-sample'])).toBe(0);
});

test('an override is a verdict against what the model said, and there is none where it said nothing', () => {
  expect(modelVerdict({ probability: 0.1, threshold: 0.2 })).toBe('approve');
  expect(isOverride({ probability: 0.1, threshold: 0.2 }, 'decline')).toBe(true);
  expect(isOverride({ probability: 0.3, threshold: 0.2 }, 'approve')).toBe(true);
  expect(isOverride({ probability: 0.3, threshold: 0.2 }, 'decline')).toBe(false);
  expect(isOverride({ probability: null, threshold: 0.2 }, 'decline')).toBe(false);
});
