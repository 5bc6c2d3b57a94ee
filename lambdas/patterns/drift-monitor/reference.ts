import * as v from 'valibot';
import type { Binning } from '../drift/bins.ts';
import { type Cohort, monthNumber, type Reference, referenceOf } from '../drift/outcomes.ts';
import { type ModelRegistry, parsed } from '../model-registry/registry.ts';
import type { Deadline } from '../resilience/deadline.ts';

/** The file of a version that the trainer writes (`services/trainer/src/trainer/reference.py`). */
const fileName = 'reference.json';

const counts = v.array(v.pipe(v.number(), v.integer(), v.minValue(0)));
const binned = v.variant('kind', [
  v.object({ kind: v.literal('number'), edges: v.array(v.number()), counts }),
  v.object({ kind: v.literal('category'), names: v.array(v.string()), counts }),
]);
const month = v.pipe(v.string(), v.regex(/^\d{4}-\d{2}$/));
const cohort = v.object({
  month,
  loans: v.number(),
  probability: v.number(),
  outcomes: v.array(v.tuple([month, v.number(), v.number()])),
});
const referenceSchema = v.object({
  schemaVersion: v.literal(1),
  population: v.record(v.string(), binned),
  cohorts: v.nullable(v.array(cohort)),
  end: month,
});

/** How the values of a feature, or of the score, fell into bins. */
export type BinnedReference = Binning & { readonly counts: readonly number[] };

/** What was normal when a version was trained. */
export interface VersionReference {
  /** By feature; `score` is the probability of default. */
  readonly population: Readonly<Record<string, BinnedReference>>;
  /** Undefined if it is not known since when the outcomes of training were known. */
  readonly outcomes: Reference | undefined;
}

/**
 * Reads what was normal for a version.
 *
 * @returns undefined if the version was registered without it
 * @throws Corrupt if it is not what was registered
 */
export async function readReference(
  registry: ModelRegistry,
  version: string,
  deadline: Deadline,
): Promise<VersionReference | undefined> {
  const manifest = await registry.version(version, deadline);
  if (manifest.files[fileName] === undefined) return undefined;
  const name = `${version}/${fileName}`;
  const { population, cohorts, end } = parsed(referenceSchema, name, await registry.file(manifest, fileName, deadline));
  return { population, outcomes: cohorts ? referenceOf(cohorts.map(cohortOf), monthNumber(end)) : undefined };
}

function cohortOf({ month: name, loans, probability, outcomes }: v.InferOutput<typeof cohort>): Cohort {
  const known = outcomes.map(([at, paid, defaulted]) => [monthNumber(at), { paid, defaulted }] as const);
  return { month: monthNumber(name), loans, probability, outcomes: new Map(known) };
}
