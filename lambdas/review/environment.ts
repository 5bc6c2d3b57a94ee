import { required, type Source } from '../patterns/environment/environment.ts';
import { parseSettings, type ReviewSettings } from '../patterns/review/settings.ts';

const names = [
  'CASES_TABLE',
  'REVIEWERS_TABLE',
  'STAGES_TABLE',
  'APPROVAL_KEY_ID',
  'WORKFLOW_ARN',
  'REVIEW_SETTINGS',
] as const;

/** What the review handler needs from its construct. */
export type ReviewEnvironment = Readonly<Record<(typeof names)[number], string>>;

/** @throws Error that names what is missing or wrong */
export function parseEnvironment(source?: Source): ReviewEnvironment & { readonly settings: ReviewSettings } {
  const environment = required(names, source);
  return { ...environment, settings: parseSettings(environment.REVIEW_SETTINGS) };
}
