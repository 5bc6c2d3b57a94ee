import { required, type Source } from '../patterns/environment/environment.ts';

const names = ['APPLICATIONS_TABLE', 'DECISIONS_TABLE'] as const;

/** What the status handler needs from its construct. */
export type StatusEnvironment = Readonly<Record<(typeof names)[number], string>>;

/** @throws Error that lists what is missing */
export function parseEnvironment(source?: Source): StatusEnvironment {
  return required(names, source);
}
