import { numberWithin, required, type Source } from '../patterns/environment/environment.ts';

const names = ['CASES_TABLE', 'REVIEWERS_TABLE', 'PRESENCE_SECONDS'] as const;

/** What the watching handler needs from its construct. */
export type ReviewWatchEnvironment = Readonly<Record<(typeof names)[number], string>>;

/** @throws Error that names what is missing or wrong */
export function parseEnvironment(source?: Source): ReviewWatchEnvironment & { readonly presenceMs: number } {
  const environment = required(names, source);
  const seconds = numberWithin('PRESENCE_SECONDS', environment.PRESENCE_SECONDS, 60, 86_400);
  return { ...environment, presenceMs: seconds * 1000 };
}
