import { type Evidence, type EvidenceOptions, watchOutcomes } from '../drift/evidence.ts';
import { type Cohort, type MonthOfOutcomes, monthNumber, outcomesOf } from '../drift/outcomes.ts';
import { type Comparison, compareBinned } from '../drift/population.ts';
import { type Gaps, gapsOf } from './gaps.ts';
import type { VersionReference } from './reference.ts';
import type { Kept } from './state.ts';

export interface EvaluateOptions {
  /** The version that decides now. */
  readonly champion: string;
  readonly references: ReadonlyMap<string, VersionReference | undefined>;
  /** The first month that is not over, as `monthNumber` counts. */
  readonly end: number;
  /** The first month of evidence. */
  readonly since: number;
  /** Months of applications that are compared with the reference, up to the end. */
  readonly populationMonths: number;
  /** Age from which a loan without a default counts as a good one, months. */
  readonly maturityMonths: number;
  readonly costRatio: number;
  readonly evidence: EvidenceOptions;
}

/** What the loans that are old enough to judge were worth. */
export interface Matured {
  readonly loans: number;
  /** Mean squared difference of probability and outcome. */
  readonly brier: number;
  /** Cost of a loan on average, in units of a good loan refused. */
  readonly cost: number;
  /** The same by the scores, times what is tolerated: what may be lost. */
  readonly budget: number;
}

export interface Findings {
  /** Of the score and each feature; empty where there is nothing to compare. */
  readonly population: readonly Comparison[];
  /** Month by month. */
  readonly outcomes: readonly Evidence[];
  /** Undefined until there is a loan that is old enough. */
  readonly matured: Matured | undefined;
  readonly gaps: Gaps;
  /** Versions that decided and whose outcomes nobody can expect: they have no reference. */
  readonly withoutReference: readonly string[];
}

/** Judges all that was added up, as of the end of the last month that is over. */
export function evaluate(kept: readonly Kept[], options: EvaluateOptions): Findings {
  const inTime = kept.filter(({ month }) => monthNumber(month) < options.end);
  const versions = new Set(inTime.map(({ version }) => version).filter((version) => version !== 'none'));
  const recent = inTime.filter(({ month }) => monthNumber(month) >= options.end - options.populationMonths);
  const old = inTime.filter(({ month }) => monthNumber(month) <= options.end - options.maturityMonths);
  return {
    population: populationOf(recent, options),
    outcomes: watchOutcomes(monthsOf(inTime, versions, options), options.evidence),
    matured: maturedOf(old, options),
    gaps: gapsOf(recent, old),
    withoutReference: [...versions].filter((version) => !options.references.get(version)?.outcomes),
  };
}

function populationOf(recent: readonly Kept[], { champion, references }: EvaluateOptions): readonly Comparison[] {
  const reference = references.get(champion)?.population;
  const current: Record<string, number[]> = {};
  for (const each of recent) {
    if (each.of !== 'decisions' || each.version !== champion) continue;
    for (const [name, counts] of Object.entries(each.sums.bins)) {
      current[name] = counts.map((count, bin) => count + (current[name]?.[bin] ?? 0));
    }
  }
  return reference && current['score'] ? compareBinned(reference, current) : [];
}

/** Defaults of all versions month by month, each expected by the reference of the version that approved the loan. */
function monthsOf(
  kept: readonly Kept[],
  versions: ReadonlySet<string>,
  { references, since, end }: EvaluateOptions,
): MonthOfOutcomes[] {
  const parts = [...versions].flatMap((version) => {
    const reference = references.get(version)?.outcomes;
    return reference ? [{ reference, cohorts: cohortsOf(kept.filter((each) => each.version === version)) }] : [];
  });
  const first = Math.max(since, Math.min(...parts.flatMap(({ cohorts }) => cohorts.map(({ month }) => month))));
  // Nothing was decided yet: the first month is infinitely late.
  if (!(first < end)) return [];
  return Array.from({ length: end - first }, (_, index) => {
    const month = first + index;
    const each = parts.map(({ cohorts, reference }) => outcomesOf(cohorts, reference, month));
    return {
      month,
      observed: sum(each.map(({ observed }) => observed)),
      expected: sum(each.map(({ expected }) => expected)),
    };
  });
}

function cohortsOf(kept: readonly Kept[]): Cohort[] {
  return [...Map.groupBy(kept, ({ month }) => month)].map(([month, parts]) => {
    const outcomes = new Map<number, { paid: number; defaulted: number }>();
    let [loans, probability] = [0, 0];
    for (const part of parts) {
      if (part.of === 'decisions') {
        loans += part.sums.loans;
        probability += part.sums.probability;
        continue;
      }
      for (const [name, [paid, defaulted]] of Object.entries(part.sums.known)) {
        const at = monthNumber(name);
        const before = outcomes.get(at) ?? { paid: 0, defaulted: 0 };
        outcomes.set(at, { paid: before.paid + paid, defaulted: before.defaulted + defaulted });
      }
    }
    return { month: monthNumber(month), loans, probability, outcomes };
  });
}

function maturedOf(
  old: readonly Kept[],
  { end, costRatio, evidence: { tolerated = 1.5 } }: EvaluateOptions,
): Matured | undefined {
  let [loans, probability, squares, surprise, defaulted] = [0, 0, 0, 0, 0];
  for (const each of old) {
    if (each.of === 'decisions') {
      loans += each.sums.loans;
      probability += each.sums.probability;
      squares += each.sums.squares;
      continue;
    }
    surprise += each.sums.surprise;
    for (const [month, [, more]] of Object.entries(each.sums.known)) {
      if (monthNumber(month) < end) defaulted += more;
    }
  }
  if (loans === 0) return undefined;
  return {
    loans,
    brier: (squares + surprise) / loans,
    cost: (costRatio * defaulted) / loans,
    budget: (tolerated * costRatio * probability) / loans,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
