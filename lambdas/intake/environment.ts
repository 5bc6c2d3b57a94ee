import { required, type Source } from '../patterns/environment/environment.ts';

const names = ['APPLICATIONS_TABLE', 'DECISIONS_TABLE', 'STREAM_NAME', 'PSEUDONYM_KEY_ID'] as const;

/** What the intake handler needs from its construct. */
export type IntakeEnvironment = Readonly<Record<(typeof names)[number], string>>;

/** @throws Error that lists what is missing */
export function parseEnvironment(source?: Source): IntakeEnvironment {
  return required(names, source);
}
