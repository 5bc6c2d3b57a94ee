import { type AuditReaderEnvironment, auditReaderNames } from '../patterns/audit/environment.ts';
import { required, type Source } from '../patterns/environment/environment.ts';
import { parseSettings, type ReviewSettings } from '../patterns/review/settings.ts';

const names = [...auditReaderNames, 'CASES_TABLE', 'REVIEW_SETTINGS'] as const;

/** What the proof handler needs from its construct. */
export type ReviewProofEnvironment = AuditReaderEnvironment & Readonly<Record<(typeof names)[number], string>>;

/** @throws Error that names what is missing or wrong */
export function parseEnvironment(source?: Source): ReviewProofEnvironment & { readonly settings: ReviewSettings } {
  const environment = required(names, source);
  return { ...environment, settings: parseSettings(environment.REVIEW_SETTINGS) };
}
