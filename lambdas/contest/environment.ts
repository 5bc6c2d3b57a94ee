import { required, type Source } from '../patterns/environment/environment.ts';
import { parseSettings, type ReviewSettings } from '../patterns/review/settings.ts';

const names = ['DECISIONS_TABLE', 'CASES_TABLE', 'STAGES_TABLE', 'WORKFLOW_ARN', 'REVIEW_SETTINGS'] as const;

/** What the contest handler needs from its construct. */
export type ContestEnvironment = Readonly<Record<(typeof names)[number], string>>;

/** @throws Error that names what is missing or wrong */
export function parseEnvironment(source?: Source): ContestEnvironment & { readonly settings: ReviewSettings } {
  const environment = required(names, source);
  return { ...environment, settings: parseSettings(environment.REVIEW_SETTINGS) };
}
