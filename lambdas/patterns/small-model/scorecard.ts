import * as v from 'valibot';
import type { Reason } from '../decision/decision.ts';
import { codeOf } from '../decision/reason-codes.ts';
import type { Features } from '../features/features.ts';
import { Corrupt, type Encoding, parsed } from '../model-registry/registry.ts';
import { encode } from './encode.ts';

/** The scorecard as the trainer exports it: log-odds of default, and what each bin of a feature adds to them. */
const scorecardSchema = v.object({
  intercept: v.number(),
  bins: v.array(v.object({ feature: v.string(), edges: v.array(v.number()), points: v.array(v.number()) })),
});

/** A probability of default, and what raises it most. */
export interface Found {
  readonly probability: number;
  readonly reasons: readonly Reason[];
}

/** Most reasons given for one score. */
const mostReasons = 4;

/** Scores by the exported scorecard. @throws Corrupt if it does not fit the encodings */
export function scorecard(content: string, encodings: readonly Encoding[]): (features: Features) => Found {
  const { intercept, bins } = parsed(scorecardSchema, 'scorecard.json', content);
  const fits = bins.every(({ feature, edges, points }, index) => {
    return feature === encodings[index]?.name && points.length === edges.length + 1;
  });
  if (!fits || bins.length !== encodings.length) throw new Corrupt('scorecard.json', 'does not fit the encodings');

  return (features) => {
    const inputs = encode(encodings, features);
    const added = bins.map(({ feature, edges, points }, index) => {
      return { feature, contribution: points[binOf(edges, inputs[index] ?? Number.NaN)] ?? Number.NaN };
    });
    const odds = added.reduce((sum, { contribution }) => sum + contribution, intercept);
    return { probability: 1 / (1 + Math.exp(-odds)), reasons: reasonsOf(added) };
  };
}

/** Points are weights of evidence: above 0 the bin defaults more than the average of all. */
function reasonsOf(added: readonly Omit<Reason, 'code'>[]): readonly Reason[] {
  return added
    .filter(({ contribution }) => contribution > 0)
    .toSorted((a, b) => b.contribution - a.contribution)
    .slice(0, mostReasons)
    .map(({ feature, contribution }) => ({ code: codeOf(feature), feature, contribution }));
}

/** The bin of a value: bin i holds what is up to edge i, the last one what is above all. */
function binOf(edges: readonly number[], value: number): number {
  let below = 0;
  let above = edges.length;
  while (below < above) {
    const middle = (below + above) >> 1;
    if ((edges[middle] as number) < value) below = middle + 1;
    else above = middle;
  }
  return below;
}
