import { required, type Source } from '../patterns/environment/environment.ts';

const names = ['DECISIONS_TABLE', 'KEPT_TABLE'] as const;

/** What the handler needs from its construct. */
export type DecisionsEnvironment = Readonly<Record<(typeof names)[number], string>>;

/** @throws Error that lists what is missing */
export function parseEnvironment(source?: Source): DecisionsEnvironment {
  return required(names, source);
}
