import * as v from 'valibot';
import { type Application, applicationSchema } from './application.ts';

/** What is wrong with one field, without the value given: that may be personal data. */
export interface FieldProblem {
  readonly field: string;
  readonly problem: string;
}

export type Validation =
  | { readonly ok: true; readonly application: Application }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/**
 * Checks a parsed document against the application's schema.
 *
 * @param document any JSON value
 * @param today the current day as YYYY-MM-DD: an application can't come from the future
 */
export function validate(document: unknown, today: string): Validation {
  const result = v.safeParse(applicationSchema, document);
  if (!result.success) return { ok: false, problems: result.issues.map(problemOf) };
  if (result.output.submittedAt > today) {
    return { ok: false, problems: [{ field: 'submittedAt', problem: 'must not be in the future' }] };
  }
  return { ok: true, application: result.output };
}

function problemOf(issue: v.BaseIssue<unknown>): FieldProblem {
  const field = v.getDotPath(issue) ?? '(document)';
  if (issue.type === 'strict_object') {
    if (issue.expected === 'never')
      return { field: safeName(field), problem: 'is not a field of an application: remove it' };
    if (issue.received === 'undefined') return { field, problem: 'is missing' };
    return { field, problem: 'must be a JSON object' };
  }
  return { field, problem: issue.message };
}

/** The name of a field that the sender made up goes into logs and answers only if it is a plain name. */
function safeName(field: string): string {
  return /^\w{1,64}$/.test(field) ? field : '(unknown field)';
}
