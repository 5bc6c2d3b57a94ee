import { chiSquareQuantile, chiSquareSurvival } from './chi-square.ts';

/** Expected values in a bin under which the chi-square limit is not to be trusted. */
const leastExpected = 10;
/** Shuffles of the permutation test. */
const shuffles = 2_000;

/** A population stability index, and how likely one as large is where nothing has changed. */
export interface Stability {
  readonly psi: number;
  readonly pValue: number;
}

/**
 * The population stability index of two histograms over the same bins: the sum of (q - p) ln(q / p). Half a value is
 * added to each bin, so that an empty one gives a finite index.
 */
export function psiOf(reference: readonly number[], current: readonly number[]): number {
  const [n, m] = [total(reference) + reference.length / 2, total(current) + current.length / 2];
  return reference.reduce((sum, count, bin) => {
    const p = (count + 0.5) / n;
    const q = ((current[bin] ?? 0) + 0.5) / m;
    return sum + (q - p) * Math.log(q / p);
  }, 0);
}

/**
 * The index that unchanged data exceeds with the given chance: (1/n + 1/m) times the chi-square quantile with one degree
 * less than there are bins (Yurdakul and Naranjo, Statistical properties of the population stability index, Journal of
 * Risk Model Validation 14(4), 2020).
 *
 * @param n values of the reference
 * @param m values of the current data
 */
export function psiLimit(n: number, m: number, bins: number, chance: number): number {
  return (1 / n + 1 / m) * chiSquareQuantile(chance, bins - 1);
}

/**
 * Compares two histograms. Bins that are empty on both sides are left out. Where a bin expects less than ten values the
 * chance is that of a permutation test, which assumes nothing of the bins.
 *
 * @param random from 0 up to 1, 1 excluded; a seeded one makes the permutation test repeatable
 */
export function stability(reference: readonly number[], current: readonly number[], random: () => number): Stability {
  const used = reference.flatMap((count, bin) => (count + (current[bin] ?? 0) > 0 ? [bin] : []));
  const [p, q] = [reference, current].map((counts) => used.map((bin) => counts[bin] ?? 0)) as [number[], number[]];
  const [n, m] = [total(p), total(q)];
  if (n === 0 || m === 0 || used.length < 2) return { psi: 0, pValue: 1 };
  const psi = psiOf(p, q);
  const fewest = Math.min(...p.map((count, bin) => ((count + (q[bin] ?? 0)) * Math.min(n, m)) / (n + m)));
  const pValue =
    fewest >= leastExpected ? chiSquareSurvival(psi / (1 / n + 1 / m), used.length - 1) : permuted(p, q, psi, random);
  return { psi, pValue };
}

/** The share of shuffles of all values over the two sides that give as large an index. */
function permuted(p: readonly number[], q: readonly number[], psi: number, random: () => number): number {
  const pool = p.flatMap((count, bin) => new Array<number>(count + (q[bin] ?? 0)).fill(bin));
  const drawn = Math.min(total(p), total(q));
  const smallerIsReference = drawn === total(p);
  const all = p.map((count, bin) => count + (q[bin] ?? 0));
  let asLarge = 1;
  for (let shuffle = 0; shuffle < shuffles; shuffle++) {
    const smaller = draw(pool, drawn, p.length, random);
    const larger = all.map((count, bin) => count - (smaller[bin] ?? 0));
    const index = smallerIsReference ? psiOf(smaller, larger) : psiOf(larger, smaller);
    if (index >= psi * (1 - 1e-12)) asLarge++;
  }
  return asLarge / (shuffles + 1);
}

/** A histogram of so many values drawn from the pool without putting back; the pool is shuffled as far as it is drawn. */
function draw(pool: number[], drawn: number, bins: number, random: () => number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (let at = 0; at < drawn; at++) {
    const other = at + Math.floor(random() * (pool.length - at));
    const bin = pool[other] as number;
    pool[other] = pool[at] as number;
    pool[at] = bin;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
