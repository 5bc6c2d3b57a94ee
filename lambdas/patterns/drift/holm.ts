/**
 * Which of several tests found something, so that the chance of even one false finding among them stays below the level,
 * however they depend on each other (Holm, A simple sequentially rejective multiple test procedure, 1979). It never finds
 * less than Bonferroni's correction.
 */
export function holm(pValues: readonly number[], level: number): boolean[] {
  const order = [...pValues.keys()].toSorted((a, b) => (pValues[a] as number) - (pValues[b] as number));
  const found = new Array<boolean>(pValues.length).fill(false);
  for (const [rank, index] of order.entries()) {
    if ((pValues[index] as number) > level / (pValues.length - rank)) break;
    found[index] = true;
  }
  return found;
}
