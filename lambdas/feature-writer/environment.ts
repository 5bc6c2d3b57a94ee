import { required, type Source } from '../patterns/environment/environment.ts';

const names = ['FEATURES_TABLE', 'FEATURES_SINCE', 'PSEUDONYM_KEY_ID'] as const;

/** What the feature writer needs from its construct. */
export type FeatureWriterEnvironment = Readonly<Record<(typeof names)[number], string>>;

/** @throws Error that names the variable and the remedy */
export function parseEnvironment(source?: Source): FeatureWriterEnvironment {
  const environment = required(names, source);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(environment.FEATURES_SINCE)) {
    throw new Error(`FEATURES_SINCE is ${JSON.stringify(environment.FEATURES_SINCE)}: set it to a day, YYYY-MM-DD`);
  }
  return environment;
}
