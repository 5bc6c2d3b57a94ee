import { type Binning, binsOf, countIn, type Value } from './bins.ts';
import { holm } from './holm.ts';
import { binnedDistance, kolmogorovSmirnov } from './kolmogorov-smirnov.ts';
import { stability } from './psi.ts';

/** Values by feature; `score` is the probability of default. All columns of a sample are equally long. */
export type Sample = Readonly<Record<string, readonly Value[]>>;

export interface PopulationOptions {
  /**
   * Chance of any false finding in one comparison, over all features and both statistics together.
   * @default 0.01
   */
  readonly level?: number;
  /**
   * Least index that matters. Large samples tell the smallest difference apart; this is what a bank looks into.
   * @default 0.1
   */
  readonly leastPsi?: number;
  /** Least distance that matters. @default 0.1 */
  readonly leastDistance?: number;
  /** From 0 up to 1, 1 excluded. @default Math.random */
  random?(): number;
}

/** One statistic of one feature. */
export interface Comparison {
  readonly feature: string;
  readonly statistic: 'psi' | 'ks';
  readonly value: number;
  readonly pValue: number;
  /** More than chance, corrected for the number of comparisons. */
  readonly significant: boolean;
  /** Significant, and large enough to matter. */
  readonly drifted: boolean;
}

/**
 * Compares what comes now with a reference: the population stability index of each feature and of the score, and the
 * distance of Kolmogorov and Smirnov of those that are numbers, with limits from the sizes of the samples and corrected
 * for their number.
 */
export function comparePopulations(reference: Sample, current: Sample, options: PopulationOptions = {}): Comparison[] {
  const { random = Math.random } = options;
  const compared = Object.keys(reference).flatMap((feature) =>
    compareFeature(feature, reference[feature] ?? [], current[feature] ?? [], random),
  );
  return judged(compared, options);
}

/**
 * The same of values that are only known by their bins. The distance of Kolmogorov and Smirnov is then the largest one at
 * the edges of bins, which is at most the true one, so that it finds rather too little than too much.
 *
 * @param current counts by feature, in the bins of the reference
 */
export function compareBinned(
  reference: Readonly<Record<string, Binning & { readonly counts: readonly number[] }>>,
  current: Readonly<Record<string, readonly number[]>>,
  options: PopulationOptions = {},
): Comparison[] {
  const { random = Math.random } = options;
  const compared = Object.entries(reference).flatMap(([feature, { kind, counts }]) => {
    const now = current[feature] ?? counts.map(() => 0);
    const { psi, pValue } = stability(counts, now, random);
    const byBins = { feature, statistic: 'psi' as const, value: psi, pValue };
    if (kind !== 'number') return [byBins];
    // The last bin is that of what is not known: it has no place in an order.
    const found = binnedDistance(counts.slice(0, -1), now.slice(0, -1));
    return [byBins, { feature, statistic: 'ks' as const, value: found.distance, pValue: found.pValue }];
  });
  return judged(compared, options);
}

type Compared = Omit<Comparison, 'significant' | 'drifted'>;

function judged(
  compared: readonly Compared[],
  { level = 0.01, leastPsi = 0.1, leastDistance = 0.1 }: PopulationOptions,
): Comparison[] {
  const significant = holm(
    compared.map(({ pValue }) => pValue),
    level,
  );
  return compared.map((each, index) => {
    const matters = each.value >= (each.statistic === 'psi' ? leastPsi : leastDistance);
    return { ...each, significant: significant[index] === true, drifted: significant[index] === true && matters };
  });
}

function compareFeature(feature: string, reference: readonly Value[], current: readonly Value[], random: () => number) {
  const bins = binsOf(reference);
  const { psi, pValue } = stability(countIn(bins, reference), countIn(bins, current), random);
  const byBins = { feature, statistic: 'psi' as const, value: psi, pValue };
  if (bins.kind !== 'number') return [byBins];
  const found = kolmogorovSmirnov(numbersOf(reference), numbersOf(current));
  return [byBins, { feature, statistic: 'ks' as const, value: found.distance, pValue: found.pValue }];
}

function numbersOf(values: readonly Value[]): number[] {
  return values.filter((value) => typeof value === 'number');
}
