/** Percentiles of a set of times, in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Percentiles by nearest rank; zeros where there is no value. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (share: number) => Math.round((sorted[Math.ceil(share * sorted.length) - 1] ?? 0) * 10) / 10;
  return { p50: rank(0.5), p95: rank(0.95), p99: rank(0.99) };
}

/** A bar of a histogram: values from `from` up to and without `to`. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Bars whose limits double from `first` on, as fits times; the first one begins at 0. */
export function histogram(values: readonly number[], first: number): Bin[] {
  const bins: Bin[] = [];
  let rest = values;
  for (let from = 0, to = first; rest.length > 0; from = to, to *= 2) {
    bins.push({ from, to, count: rest.filter((value) => value < to).length });
    rest = rest.filter((value) => value >= to);
  }
  return bins;
}

/** What was decided of the applications of one year, and how their loans ended. */
export interface Year {
  readonly year: string;
  readonly approved: number;
  readonly declined: number;
  readonly referred: number;
  /** Share of all of the year's loans that defaulted, 0 to 1; null where no outcome is known. */
  readonly badRate: number | null;
  /** Mean probability of default that the model gave; null where it gave none. */
  readonly meanProbability: number | null;
}

interface Decided {
  readonly applicationId: string;
  readonly outcome: 'approved' | 'declined' | 'referred';
  readonly probability: number | null;
  readonly submittedAt: string;
}

/** Groups decisions by the year of the application. */
export function byYear(
  decisions: readonly Decided[],
  endings: ReadonlyMap<string, { readonly defaulted: boolean }>,
): Year[] {
  const years = Map.groupBy(decisions, ({ submittedAt }) => submittedAt.slice(0, 4));
  return [...years]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([year, group]) => {
      const ends = group
        .map(({ applicationId }) => endings.get(applicationId)?.defaulted)
        .filter((end) => end !== undefined);
      const probabilities = group.map(({ probability }) => probability).filter((p) => p !== null);
      return { year, ...outcomes(group), badRate: mean(ends.map(Number)), meanProbability: mean(probabilities) };
    });
}

/** Number of decisions by outcome. */
export function outcomes(decisions: readonly Pick<Decided, 'outcome'>[]): Record<Decided['outcome'], number> {
  const count = (outcome: Decided['outcome']) => decisions.filter((decision) => decision.outcome === outcome).length;
  return { approved: count('approved'), declined: count('declined'), referred: count('referred') };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
