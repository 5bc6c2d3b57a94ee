import { required, type Source } from '../patterns/environment/environment.ts';
import { parseSettings, type ReviewSettings } from '../patterns/review/settings.ts';

const names = ['CASES_TABLE', 'REVIEWERS_TABLE', 'DECISIONS_TABLE', 'AUDIT_QUEUE_URL', 'REVIEW_SETTINGS'] as const;

/** What the settling handler needs from its construct. */
export type ReviewSettleEnvironment = Readonly<Record<(typeof names)[number], string>>;

/** @throws Error that names what is missing or wrong */
export function parseEnvironment(source?: Source): ReviewSettleEnvironment & { readonly settings: ReviewSettings } {
  const environment = required(names, source);
  return { ...environment, settings: parseSettings(environment.REVIEW_SETTINGS) };
}
