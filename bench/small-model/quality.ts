/** A loan that defaults costs as much as five good ones that are declined. */
const costRatio = 5;

/** The chance that a loan that defaulted has a higher probability than one that did not; equal ones count half. */
export function auc(probabilities: readonly number[], defaulted: readonly boolean[]): number {
  const order = probabilities.map((probability, index) => ({ probability, bad: defaulted[index] }));
  const [bad, good] = [true, false].map((wanted) =>
    Float64Array.from(order.flatMap((each) => (each.bad === wanted ? [each.probability] : []))).sort(),
  ) as [Float64Array, Float64Array];
  let below = 0;
  let upTo = 0;
  let pairs = 0;
  for (const probability of bad) {
    while (below < good.length && (good[below] as number) < probability) below++;
    while (upTo < good.length && (good[upTo] as number) <= probability) upTo++;
    pairs += (below + upTo) / 2;
  }
  return pairs / (bad.length * good.length);
}

/** Mean cost of declining from the threshold on, at which both errors cost the same. */
export function costOf(probabilities: readonly number[], defaulted: readonly boolean[]): number {
  const costs = probabilities.map((probability, index): number => {
    const declined = probability >= 1 / (1 + costRatio);
    if (declined) return defaulted[index] ? 0 : 1;
    return defaulted[index] ? costRatio : 0;
  });
  return costs.reduce((sum, each) => sum + each, 0) / costs.length;
}
