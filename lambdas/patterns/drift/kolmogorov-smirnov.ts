/** The largest distance of two distributions, and how likely one as large is where nothing has changed. */
export interface Distance {
  readonly distance: number;
  readonly pValue: number;
}

/** The two-sample statistic of Kolmogorov and Smirnov: the largest difference of the two shares of values up to a point. */
export function largestDistance(reference: readonly number[], current: readonly number[]): number {
  const [a, b] = [Float64Array.from(reference).sort(), Float64Array.from(current).sort()];
  let [i, j, largest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] as number, b[j] as number);
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

/**
 * The distance that unchanged data exceeds with the given chance, for samples that are not tiny: the square root of
 * -ln(chance / 2) / 2 times (n + m) / (n m), the first term of Kolmogorov's series.
 */
export function distanceLimit(n: number, m: number, chance: number): number {
  return Math.sqrt((-Math.log(chance / 2) / 2) * ((n + m) / (n * m)));
}

/**
 * Compares two samples. The chance is that of the limiting distribution, for continuous values; ties, as of counts, only
 * make it too large, so that it rings less often than it says.
 */
export function kolmogorovSmirnov(reference: readonly number[], current: readonly number[]): Distance {
  const [n, m] = [reference.length, current.length];
  if (n === 0 || m === 0) return { distance: 0, pValue: 1 };
  const distance = largestDistance(reference, current);
  return { distance, pValue: kolmogorovSurvival(distance * Math.sqrt((n * m) / (n + m))) };
}

/**
 * The same of two histograms over the same bins, in their order: the largest difference at the edges of bins, which is at
 * most that of the values.
 */
export function binnedDistance(reference: readonly number[], current: readonly number[]): Distance {
  const [n, m] = [reference, current].map((counts) => counts.reduce((sum, count) => sum + count, 0)) as [
    number,
    number,
  ];
  if (n === 0 || m === 0) return { distance: 0, pValue: 1 };
  let [below, belowNow, distance] = [0, 0, 0];
  for (const [bin, count] of reference.entries()) {
    below += count;
    belowNow += current[bin] ?? 0;
    distance = Math.max(distance, Math.abs(below / n - belowNow / m));
  }
  return { distance, pValue: kolmogorovSurvival(distance * Math.sqrt((n * m) / (n + m))) };
}

/** Kolmogorov's limiting distribution, its upper tail: 2 times the sum of (-1)^(k-1) exp(-2 k^2 x^2). */
export function kolmogorovSurvival(x: number): number {
  // Where the series would not converge in a few terms the chance is 1 to twelve digits.
  if (x < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-16) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}
