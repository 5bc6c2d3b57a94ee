import { type Evidence, type EvidenceOptions, watchOutcomes } from '../../lambdas/patterns/drift/evidence.ts';
import { costOf } from '../../lambdas/patterns/drift/matured.ts';
import { type Cohort, outcomesOf, referenceOf } from '../../lambdas/patterns/drift/outcomes.ts';
import { type Comparison, comparePopulations, type Sample } from '../../lambdas/patterns/drift/population.ts';
import type { ScoredLoan } from './scored.ts';

/** What a replay of delayed outcomes found. */
export interface OutcomeReplay {
  readonly months: readonly Evidence[];
  /** The first month that rang, once it was over. */
  readonly rang: Evidence | undefined;
  /** Observed over expected, all months up to the ring together. */
  readonly ratio: number;
}

/** Loans by the month in which they were decided, with their outcomes by the month in which these became known. */
export function cohortsOf(loans: readonly ScoredLoan[]): Cohort[] {
  const cohorts = new Map<
    number,
    { loans: number; probability: number; outcomes: Map<number, { paid: number; defaulted: number }> }
  >();
  for (const loan of loans) {
    const cohort = cohorts.get(loan.month) ?? { loans: 0, probability: 0, outcomes: new Map() };
    cohorts.set(loan.month, cohort);
    cohort.loans += 1;
    cohort.probability += loan.probability;
    const known = cohort.outcomes.get(loan.knownMonth) ?? { paid: 0, defaulted: 0 };
    cohort.outcomes.set(loan.knownMonth, known);
    known[loan.defaulted ? 'defaulted' : 'paid'] += 1;
  }
  return [...cohorts].map(([month, cohort]) => ({ month, ...cohort }));
}

/**
 * Goes through the months after training as they went, with what was known in each: the cohorts hold later outcomes too,
 * and no month looks at those.
 */
export function replayOutcomes(loans: readonly ScoredLoan[], options: EvidenceOptions = {}): OutcomeReplay {
  const reference = cohortsOf(loans.filter(({ training }) => training));
  const later = cohortsOf(loans.filter(({ training }) => !training));
  const start = Math.min(...later.map(({ month }) => month));
  const end = Math.max(...later.map(({ month }) => month));
  const known = referenceOf(reference, start);
  const outcomes = Array.from({ length: end - start + 1 }, (_, index) => outcomesOf(later, known, start + index));
  const months = watchOutcomes(outcomes, options);
  const rang = months.find(({ rings }) => rings);
  const until = months.filter(({ month }) => rang && month <= rang.month);
  const sum = (of: (month: Evidence) => number) => until.reduce((total, month) => total + of(month), 0);
  return { months, rang, ratio: rang ? sum(({ observed }) => observed) / sum(({ expected }) => expected) : 1 };
}

/** What was decided in some months by the model left alone, and what by the model corrected once it had rung. */
export interface Loss {
  readonly applications: number;
  /** Cost in units of a good loan refused. */
  readonly alone: number;
  readonly corrected: number;
  /** If every application of that time had been declined. */
  readonly declined: number;
  /** Principal charged off on loans that the model alone approves and the corrected one does not, US dollars. */
  readonly chargedOff: number;
  /** Good loans that the model alone approves and the corrected one does not: their number and amount. */
  readonly goodRefused: number;
  readonly goodRefusedAmount: number;
}

/**
 * The loss after the ring: the same loans, decided by the score alone and by the score whose odds are multiplied by a ratio.
 *
 * @param ratio observed over expected, as those decide by who have been brought in
 * @param after the month of the ring; decisions change from the next one on
 */
export function lossAfter(loans: readonly ScoredLoan[], after: number, ratio: number, costRatio: number): Loss {
  const threshold = 1 / (costRatio + 1);
  const touched = loans.filter(({ training, month }) => !training && month > after);
  const loss = { alone: 0, corrected: 0, declined: 0, chargedOff: 0, goodRefused: 0, goodRefusedAmount: 0 };
  for (const { probability, defaulted, chargedOff, amount } of touched) {
    const aloneDeclines = probability >= threshold;
    const odds = (ratio * probability) / (1 - probability);
    const correctedDeclines = odds / (1 + odds) >= threshold;
    loss.alone += costOf(aloneDeclines, defaulted, costRatio);
    loss.corrected += costOf(correctedDeclines, defaulted, costRatio);
    loss.declined += costOf(true, defaulted, costRatio);
    if (aloneDeclines || !correctedDeclines) continue;
    if (defaulted) loss.chargedOff += chargedOff;
    else {
      loss.goodRefused += 1;
      loss.goodRefusedAmount += amount;
    }
  }
  return { applications: touched.length, ...loss };
}

/** The score and the features of loans, column by column. */
export function sampleOf(loans: readonly ScoredLoan[]): Sample {
  const names = Object.keys(loans[0]?.features ?? {});
  const columns = names.map((name) => [name, loans.map(({ features }) => features[name] ?? null)] as const);
  return { score: loans.map(({ probability }) => probability), ...Object.fromEntries(columns) };
}

/** Each quarter after training against the last year of training. */
export function replayPopulation(
  loans: readonly ScoredLoan[],
  random: () => number,
): { readonly month: number; readonly found: readonly Comparison[] }[] {
  const later = loans.filter(({ training }) => !training);
  const start = later.reduce((least, { month }) => Math.min(least, month), Number.POSITIVE_INFINITY);
  const reference = sampleOf(loans.filter(({ training, month }) => training && month >= start - 12));
  const quarters = Map.groupBy(later, ({ month }) => start + 3 * Math.floor((month - start) / 3));
  return [...quarters]
    .toSorted(([a], [b]) => a - b)
    .map(([month, each]) => ({ month, found: comparePopulations(reference, sampleOf(each), { random }) }));
}
