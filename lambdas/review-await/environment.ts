import { required, type Source } from '../patterns/environment/environment.ts';

const names = ['CASES_TABLE', 'NOTIFICATIONS_TOPIC_ARN'] as const;

/** What the awaiting handler needs from its construct. */
export type ReviewAwaitEnvironment = Readonly<Record<(typeof names)[number], string>>;

/** @throws Error that lists what is missing */
export function parseEnvironment(source?: Source): ReviewAwaitEnvironment {
  return required(names, source);
}
