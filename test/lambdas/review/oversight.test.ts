import { expect, test } from 'vitest';
import { addMark, alwaysAgrees, measuresOf } from '../../../lambdas/patterns/review/oversight.ts';
import { claim, expire, judge } from '../../../lambdas/patterns/review/transitions.ts';
import { ada, hours, judgement, minutes, opened, policy, referred } from './support.ts';

const leastLookMs = 20_000;
const decided = (verdict: 'approve' | 'decline', lookedMs: number, of = opened()) => {
  const held = claim(of, ada, minutes(1), policy);
  return judge(held, ada, { ...judgement(held, verdict), lookedMs }, minutes(5), policy);
};

test('a closed case tells how long it took and whether people agreed with the model', () => {
  expect(measuresOf(decided('decline', 60_000), leastLookMs)).toEqual({
    timeToDecision: 300,
    expired: false,
    agreed: true,
    tooFast: 0,
    knownMissed: 0,
  });
  expect(measuresOf(decided('approve', 60_000), leastLookMs).agreed).toBe(false);
});

test('nobody agreed where the model said nothing, or where nobody decided', () => {
  const silent = opened({}, { probability: null });
  expect(measuresOf(decided('decline', 60_000, silent), leastLookMs).agreed).toBeUndefined();
  const expired = measuresOf(expire(opened(), hours(24), policy), leastLookMs);
  expect(expired).toMatchObject({ expired: true, agreed: undefined, timeToDecision: 86_400 });
});

test('an opinion that was faster than reading is counted', () => {
  expect(measuresOf(decided('decline', 19_999), leastLookMs).tooFast).toBe(1);
});

test('a known case tells who did not look', () => {
  expect(measuresOf(decided('decline', 60_000, opened({ known: 'approve' })), leastLookMs).knownMissed).toBe(1);
  expect(measuresOf(decided('approve', 60_000, opened({ known: 'approve' })), leastLookMs).knownMissed).toBe(0);
});

test('twenty agreements in a row are a habit, one override ends it, and silence of the model counts for nothing', () => {
  const agree = { verdict: 'decline' as const };
  let marks = '';
  for (let count = 0; count < 20; count += 1) {
    expect(alwaysAgrees(marks)).toBe(false);
    marks = addMark(marks, referred(), agree);
  }
  expect(alwaysAgrees(marks)).toBe(true);
  expect(addMark(marks, referred({ probability: null }), { verdict: 'approve' })).toBe(marks);
  expect(alwaysAgrees(addMark(marks, referred(), { verdict: 'approve' }))).toBe(false);
  expect(addMark(marks, referred(), { verdict: 'approve' })).toHaveLength(20);
});
