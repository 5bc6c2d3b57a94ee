/** The loans that were decided in one month. */
export interface Cohort {
  /** Months since the year 0: see {@link monthNumber}. */
  readonly month: number;
  readonly loans: number;
  /** Sum of the loans' probabilities of default. */
  readonly probability: number;
  /** Known outcomes by the month in which they became known. */
  readonly outcomes: ReadonlyMap<number, KnownOutcomes>;
}

export interface KnownOutcomes {
  readonly paid: number;
  readonly defaulted: number;
}

/**
 * How defaults come to be known: of the loans of the reference that had no outcome yet, the share that was known to have
 * defaulted in their first month, in their second, and so on; and the mean probability that the model gave them.
 */
export interface Reference {
  readonly hazards: readonly number[];
  readonly meanProbability: number;
}

/** Defaults of one month. */
export interface MonthOfOutcomes {
  readonly month: number;
  readonly observed: number;
  readonly expected: number;
}

/** A month as a number, so that ages are differences: 2004-01 is 24048. */
export function monthNumber(day: string): number {
  return Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;
}

/** A month as YYYY-MM. */
export function monthName(month: number): string {
  return `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`;
}

/**
 * What is known of delays when a model is put to work: defaults and loans at risk, by age, in the months before. A loan
 * of that time is not followed to its end, so this needs no hindsight.
 *
 * @param cohorts of the reference
 * @param end the first month that is not known yet
 * @param months how many months before the end to look at
 */
export function referenceOf(cohorts: readonly Cohort[], end: number, months = 36): Reference {
  const defaults: number[] = [];
  const atRisk: number[] = [];
  for (const cohort of cohorts) {
    for (let month = Math.max(cohort.month, end - months); month < end; month++) {
      const age = month - cohort.month;
      defaults[age] = (defaults[age] ?? 0) + (cohort.outcomes.get(month)?.defaulted ?? 0);
      atRisk[age] = (atRisk[age] ?? 0) + openAt(cohort, month);
    }
  }
  // One default more than was seen at each age: an age at which none has been seen yet is no age without any.
  const hazards = Array.from(atRisk, (risk, age) => (risk ? ((defaults[age] ?? 0) + 1) / risk : 0));
  const sum = (of: (cohort: Cohort) => number) => cohorts.reduce((total, cohort) => total + of(cohort), 0);
  return { hazards, meanProbability: sum(({ probability }) => probability) / sum(({ loans }) => loans) };
}

/**
 * Defaults that became known in a month, and how many the reference lets expect of the loans decided so far: the loans
 * without an outcome, times the hazard of their age, times their score over the reference's.
 */
export function outcomesOf(cohorts: readonly Cohort[], reference: Reference, month: number): MonthOfOutcomes {
  const { hazards, meanProbability } = reference;
  const oldest = hazards.length - 1;
  let [observed, expected] = [0, 0];
  for (const cohort of cohorts) {
    if (cohort.month > month || cohort.loans === 0) continue;
    const hazard = hazards[Math.min(month - cohort.month, oldest)] ?? 0;
    const relativeRisk = cohort.probability / cohort.loans / meanProbability;
    observed += cohort.outcomes.get(month)?.defaulted ?? 0;
    expected += openAt(cohort, month) * hazard * relativeRisk;
  }
  return { month, observed, expected };
}

/** Loans of a cohort whose outcome was not known when a month began. */
function openAt({ loans, outcomes }: Cohort, month: number): number {
  let known = 0;
  for (const [at, { paid, defaulted }] of outcomes) {
    if (at < month) known += paid + defaulted;
  }
  return loans - known;
}
