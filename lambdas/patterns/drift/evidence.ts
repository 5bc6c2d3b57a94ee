import type { MonthOfOutcomes } from './outcomes.ts';

export interface EvidenceOptions {
  /**
   * Observed over expected that is still all right: expectations are estimates too.
   * @default 1.5
   */
  readonly tolerated?: number;
  /**
   * Ratios to look for; the evidence is the mean of that for each.
   * @default 2, 3 and 5
   */
  readonly alternatives?: readonly number[];
  /**
   * Most that the chance of a false alarm may be within `horizon` months.
   * @default 0.01
   */
  readonly falseAlarm?: number;
  /** Months that the chance of a false alarm is held for. @default 60 */
  readonly horizon?: number;
}

/** What is known after a month. */
export interface Evidence extends MonthOfOutcomes {
  /** That more loans default than is tolerated; it rings from `limit` on. */
  readonly evidence: number;
  readonly limit: number;
  readonly rings: boolean;
}

/**
 * Watches defaults month by month for the first month in which there are too many, without fixing in advance when to look.
 *
 * For each alternative ratio the evidence is a sum over all months from which the change may date of the likelihood ratio
 * since then, of Poisson counts with that ratio against the tolerated one: R = (R + 1) L, the detector of Shiryaev and
 * Roberts. While the ratio is at most the tolerated one, R less the number of months is a supermartingale, so the chance
 * that R ever reaches c within T months is at most T / c (Doob), whatever the expectations are; hence the limit
 * c = T / falseAlarm. (Shin, Ramdas, Rinaldo, E-detectors, New England Journal of Statistics in Data Science, 2024.)
 *
 * It assumes that defaults of a month are independent of each other, given the expectation. What makes them come together
 * beyond `tolerated` rings too, and shall.
 */
export function watchOutcomes(months: readonly MonthOfOutcomes[], options: EvidenceOptions = {}): Evidence[] {
  const { tolerated = 1.5, alternatives = [2, 3, 5], falseAlarm = 0.01, horizon = 60 } = options;
  const limit = horizon / falseAlarm;
  const detectors = alternatives.map(() => 0);
  return months.map((each) => {
    for (const [index, ratio] of alternatives.entries()) {
      const logRatio = each.observed * Math.log(ratio / tolerated) - (ratio - tolerated) * each.expected;
      // Beyond any limit it need not grow: an infinite value would never come down again.
      detectors[index] = Math.min(1e12, ((detectors[index] ?? 0) + 1) * Math.exp(Math.min(600, logRatio)));
    }
    const evidence = detectors.reduce((sum, detector) => sum + detector, 0) / detectors.length;
    return { ...each, evidence, limit, rings: evidence >= limit };
  });
}
