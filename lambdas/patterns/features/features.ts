import specification from '../../../schemas/features.json' with { type: 'json' };
import type { Application } from '../application/application.ts';

/** A feature's value: a number, a flag or the name of a category; null is "not known". */
export type FeatureValue = number | boolean | string | null;

export type Features = Readonly<Record<string, FeatureValue>>;

/** The version of the definition that the features were made by. */
export const featuresVersion: number = specification.version;

type Field = keyof Application;

/** How a feature follows from the application's fields: exactly one of these. */
type Operation =
  | { readonly field: Field }
  | { readonly ratio: readonly [Field, Field] }
  | { readonly prefix: readonly [Field, number] }
  | { readonly equal: readonly [Field, Field] };

interface Definition {
  readonly name: string;
  readonly op: Operation;
}

const definitions = specification.features as unknown as readonly Definition[];

/**
 * The features of one application, by the definition that training uses too (`schemas/features.json`).
 *
 * Only what the applicant states when applying goes in. What isn't known stays null.
 */
export function featuresOf(application: Application): Features {
  return Object.fromEntries(definitions.map(({ name, op }) => [name, evaluate(op, application)]));
}

function evaluate(op: Operation, application: Application): FeatureValue {
  if ('field' in op) return application[op.field];
  if ('ratio' in op) {
    const [over, under] = op.ratio.map((field) => application[field]);
    return typeof over === 'number' && typeof under === 'number' && under !== 0 ? over / under : null;
  }
  if ('prefix' in op) {
    const value = application[op.prefix[0]];
    return typeof value === 'string' ? value.slice(0, op.prefix[1]) : null;
  }
  const [left, right] = op.equal.map((field) => application[field]);
  return left === null || right === null ? null : left === right;
}
