import * as v from 'valibot';
import { type Application, applicationSchema, fieldNames } from './application.ts';

/** What is wrong with one field, without the value given: that may be personal data. */
export interface FieldProblem {
  /** The field's name; a name in brackets is ours and stands for the whole, such as `(body)`. */
  readonly field: string;
  readonly problem: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** What a document is to be: its name in a sentence, and the names of its fields. */
export interface Form {
  readonly name: string;
  readonly fields: ReadonlySet<string>;
}

const applicationForm: Form = { name: 'an application', fields: fieldNames };

export type Validation =
  | { readonly ok: true; readonly application: Application }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/**
 * Checks a parsed document against the application's schema.
 *
 * @param document any JSON value
 * @param now milliseconds since 1970: an application can't be of a day, in UTC, that has not begun
 */
export function validate(document: unknown, now: number): Validation {
  const result = v.safeParse(applicationSchema, document);
  if (!result.success) return { ok: false, problems: problemsOf(result.issues, applicationForm) };
  if (Date.parse(result.output.submittedAt) > now) {
    const remedy = 'give a day up to today, in UTC';
    return { ok: false, problems: [{ field: 'submittedAt', problem: 'is in the future', remedy }] };
  }
  return { ok: true, application: result.output };
}

/** The fields at fault, for a log: a name that the sender made up may itself be personal data. */
export function loggableFields(problems: readonly FieldProblem[], known: Form['fields'] = fieldNames): string[] {
  return problems.map(({ field }) => (known.has(field) || field.startsWith('(') ? field : '(unknown field)'));
}

/** What a document of this form has wrong, field by field. */
export function problemsOf(issues: readonly v.BaseIssue<unknown>[], form: Form): FieldProblem[] {
  return issues.map((issue) => problemOf(issue, form));
}

function problemOf(issue: v.BaseIssue<unknown>, form: Form): FieldProblem {
  const field = v.getDotPath(issue) ?? '(document)';
  if (issue.type === 'strict_object') return problemOfObject(field, issue, form);
  const problem = issue.kind === 'schema' ? 'is not of the right type' : 'has a value that is not allowed';
  return { field, problem, remedy: issue.message };
}

function problemOfObject(field: string, issue: v.BaseIssue<unknown>, { name, fields }: Form): FieldProblem {
  if (issue.expected === 'never') {
    return { field: plainName(field), problem: `is not a field of ${name}`, remedy: 'remove it' };
  }
  if (fields.has(field)) return { field, problem: 'is missing', remedy: 'add it' };
  return { field, problem: `is not ${name}`, remedy: 'give one JSON object' };
}

/** A made-up name is repeated to its sender only if it is a plain one. */
function plainName(field: string): string {
  return /^\w{1,64}$/.test(field) ? field : '(unknown field)';
}
