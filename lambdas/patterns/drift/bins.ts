/** A feature's value: null is "not known", and has a bin of its own. */
export type Value = number | boolean | string | null;

/** How the values of a feature fall into bins. */
export type Binning =
  | { readonly kind: 'number'; readonly edges: readonly number[] }
  | { readonly kind: 'category'; readonly names: readonly string[] };

/** Bins of a numeric feature or of the score, beside the one of what is not known. */
const numberBins = 10;
/** A category with less than this share of the reference is one of the others. */
const leastShare = 0.01;

/**
 * Bins by the reference alone: deciles of numbers, and each category of one per cent or more by itself.
 *
 * @param reference values of one feature, at least one
 */
export function binsOf(reference: readonly Value[]): Binning {
  const numbers = reference.filter((value) => typeof value === 'number');
  return numbers.length > 0 ? { kind: 'number', edges: decilesOf(numbers) } : categoriesOf(reference);
}

/** How many values are in each bin: the named ones, then all others, and last those not known. */
export function countIn(binning: Binning, values: readonly Value[]): number[] {
  const named = binning.kind === 'number' ? binning.edges.length : binning.names.length;
  const counts = new Array<number>(named + 2).fill(0);
  const places = binning.kind === 'category' ? new Map(binning.names.map((name, place) => [name, place])) : undefined;
  for (const value of values) {
    const place = placeOf(binning, places, value, named);
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts;
}

function placeOf(
  binning: Binning,
  places: ReadonlyMap<string, number> | undefined,
  value: Value,
  named: number,
): number {
  if (value === null) return named + 1;
  if (binning.kind === 'category') return places?.get(String(value)) ?? named;
  return typeof value === 'number' ? firstNotBelow(binning.edges, value) : named + 1;
}

/** Place of the first edge that is not below the value; their number if all are. */
function firstNotBelow(edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function decilesOf(numbers: readonly number[]): readonly number[] {
  const sorted = Float64Array.from(numbers).sort();
  const cuts = Array.from({ length: numberBins - 1 }, (_, index) => {
    const place = Math.ceil(((index + 1) * sorted.length) / numberBins) - 1;
    return sorted[Math.max(0, place)] as number;
  });
  return [...new Set(cuts)];
}

function categoriesOf(reference: readonly Value[]): Binning {
  const counts = new Map<string, number>();
  for (const value of reference) {
    if (value !== null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  const names = [...counts].filter(([, count]) => count >= leastShare * reference.length).map(([name]) => name);
  return { kind: 'category', names: names.toSorted() };
}
