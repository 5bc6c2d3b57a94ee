import { required, type Source } from '../patterns/environment/environment.ts';

const names = ['DECISIONS_TABLE', 'OUTCOMES_TABLE', 'FEATURES_TABLE', 'FEATURES_SINCE'] as const;

/** What the outcomes handler needs from its construct. */
export type OutcomesEnvironment = Readonly<Record<(typeof names)[number], string>>;

/** @throws Error that lists what is missing */
export function parseEnvironment(source?: Source): OutcomesEnvironment {
  return required(names, source);
}
