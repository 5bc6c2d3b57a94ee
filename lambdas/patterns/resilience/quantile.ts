/** An estimate of a quantile, which follows a stream of positive values and keeps one number. */
export interface Quantile {
  add(value: number): void;
  /** Infinite before the first value. */
  value(): number;
}

/** How far one value moves the estimate: small enough to be steady, large enough to follow a change. */
const step = 0.05;

/**
 * Stochastic approximation on the logarithm: a value above moves the estimate up by the share that should lie below,
 * one below moves it down by the share that should lie above; both balance at the quantile (Robbins and Monro, 1951).
 *
 * @param share of the values that lie below, between 0 and 1
 */
export function quantile(share: number): Quantile {
  const up = Math.exp(step * share);
  const down = Math.exp(-step * (1 - share));
  let estimate = Number.POSITIVE_INFINITY;
  return {
    add: (value) => {
      if (estimate === Number.POSITIVE_INFINITY) estimate = Math.max(value, Number.MIN_VALUE);
      else estimate *= value > estimate ? up : down;
    },
    value: () => estimate,
  };
}
