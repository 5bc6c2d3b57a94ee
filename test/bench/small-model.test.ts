import { expect, test } from 'vitest';
import { auc, costOf } from '../../bench/small-model/quality.ts';

test('the AUC is the share of pairs in the right order, and equal ones count half', () => {
  expect(auc([0.1, 0.4, 0.35, 0.8], [false, false, true, true])).toBe(0.75);
  expect(auc([0.3, 0.3, 0.3], [true, false, false])).toBe(0.5);
  expect(auc([0.9, 0.1], [true, false])).toBe(1);
});

test('a default that is approved costs five, a good loan that is declined one', () => {
  expect(costOf([0.1, 0.1, 0.9, 0.9], [true, false, false, true])).toBe((5 + 0 + 1 + 0) / 4);
});
