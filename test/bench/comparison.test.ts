import { expect, test } from 'vitest';
import { compare } from '../../bench/comparison.ts';
import { median } from '../../bench/measure.ts';

const figures = { name: 'x', unit: 's', ours: 3, peers: { floor: 2, peer: 12 }, conditions: {} };

test('a ratio is ours over the peer, and every aim must hold', () => {
  expect(compare({ ...figures, aim: { floor: 1.5, peer: 0.25 } })).toMatchObject({
    ratio: { floor: 1.5, peer: 0.25 },
    met: true,
  });
  expect(compare({ ...figures, aim: { floor: 1.4, peer: 0.25 } }).met).toBe(false);
});

test('an aim against a peer that was not measured is not met', () => {
  expect(compare({ ...figures, aim: { other: 10 } }).met).toBe(false);
});

test('the median of an even number of values is the mean of the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow('no values');
});
