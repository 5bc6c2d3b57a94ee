import { expect, test } from 'vitest';
import { claim } from '../../../lambdas/patterns/review/transitions.ts';
import { mostSimilar, queueLine } from '../../../lambdas/patterns/review/view.ts';
import { ada, ben, minutes, opened, policy, referred } from './support.ts';

const past = (caseId: string, amount: number, probability: number, changes = {}) => ({
  ...opened(
    { caseId },
    { features: { amount, sector: '72' }, probability, decidedAt: `2026-01-01T00:00:00.${caseId}Z`, ...changes },
  ),
  state: 'closed' as const,
  outcome: { verdict: 'approve' as const, by: 'people' as const, at: '2026-01-02T00:00:00.000Z' },
});

test('the most similar cases are near in risk, in the order of the amount, and in what the model leans to', () => {
  const all = [
    past('100', 5_000_000, 0.17),
    past('101', 60_000, 0.16),
    past('102', 55_000, 0.17),
    past('103', 50_000, 0.9),
  ];
  expect(mostSimilar(opened(), all, 3).map(({ caseId }) => caseId)).toEqual(['102', '101', '100']);
});

test('neither an inserted case nor the one that it is made of is a comparison', () => {
  const inserted = { ...past('104', 50_000, 0.17), known: 'decline' as const };
  const origin = { ...past('105', 50_000, 0.17), decision: referred() };
  expect(mostSimilar(opened(), [inserted, origin, { ...past('106', 1, 0.1), state: 'decided' }], 5)).toEqual([]);
});

test('the queue tells each reader whose a case is, and why it is not for them', () => {
  const held = claim(opened(), ada, minutes(0), policy);
  const line = (reader = ada, at = minutes(1)) => queueLine(held, reader, at, policy);
  expect(line()).toMatchObject({ held: 'you', barred: null, amount: 50_000 });
  expect(line(ben)).toMatchObject({ held: 'another', barred: null });
  expect(line(ben, minutes(30))).toMatchObject({ held: 'nobody' });
  expect(line({ id: 'mo', groups: ['model-owners', 'reviewers'] })).toMatchObject({ barred: 'not-a-reviewer' });
});
