/** A loan that is old enough to judge. */
export interface Judged {
  /** Probability of default that the decision was made on. */
  readonly probability: number;
  readonly defaulted: boolean;
}

/** What the decisions on a group of loans were worth. */
export interface Worth {
  readonly loans: number;
  /** Share that defaulted. */
  readonly observed: number;
  /** Mean probability of default. */
  readonly predicted: number;
  /** Mean squared difference of probability and outcome. */
  readonly brier: number;
  /** Cost per application, where refusing a good loan costs 1 and accepting a bad one `costRatio`. */
  readonly cost: number;
}

/**
 * Brier score and expected cost of decisions at the threshold that the cost ratio gives.
 *
 * @param loans at least one
 */
export function worthOf(loans: readonly Judged[], costRatio: number): Worth {
  const threshold = 1 / (costRatio + 1);
  const mean = (of: (loan: Judged) => number) => loans.reduce((sum, loan) => sum + of(loan), 0) / loans.length;
  return {
    loans: loans.length,
    observed: mean(({ defaulted }) => Number(defaulted)),
    predicted: mean(({ probability }) => probability),
    brier: mean(({ probability, defaulted }) => (probability - Number(defaulted)) ** 2),
    cost: mean(({ probability, defaulted }) => costOf(probability >= threshold, defaulted, costRatio)),
  };
}

/** What one decision costs once the outcome is known. */
export function costOf(declined: boolean, defaulted: boolean, costRatio: number): number {
  if (declined) return defaulted ? 0 : 1;
  return defaulted ? costRatio : 0;
}
