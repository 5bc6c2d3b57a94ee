import type { Features, FeatureValue } from '../features/features.ts';
import type { Encoding } from '../model-registry/registry.ts';

/** What a feature that is not known, or a category that was never seen, is to the models. */
const missing = -1;

/** The models' input, in the order of the encodings and with the precision that they were trained with. */
export function encode(encodings: readonly Encoding[], features: Features): readonly number[] {
  return encodings.map((encoding) => Math.fround(numberOf(encoding, features[encoding.name] ?? null)));
}

function numberOf({ categories }: Encoding, value: FeatureValue): number {
  if (value === null) return missing;
  if (typeof value === 'string') return categories?.[value] ?? missing;
  return Number(value);
}
