import * as v from 'valibot';
import type { Decision } from '../decision/decision.ts';

// The message of a check is the remedy: what to give instead.

const id = v.pipe(
  v.string('give a string'),
  v.regex(/^[A-Za-z0-9._:-]{1,200}$/, 'give 1 to 200 letters, digits, dots, colons, underscores or hyphens'),
);
const instant = v.pipe(v.string('give a string'), v.isoTimestamp('give an ISO 8601 instant'));
const text = (longest: number) =>
  v.pipe(
    v.string('give a string'),
    v.minLength(1, 'give a character'),
    v.maxLength(longest, `give ${longest} at most`),
  );
/** A pseudonym, see patterns/pseudonym. */
const subject = text(200);
/** Who acted: a number of staff, a role or a handler; never a name. */
const actor = text(200);

function entryOf<Type extends string, Fields extends v.ObjectEntries>(type: Type, fields: Fields) {
  return { type: v.literal(type), schemaVersion: v.literal(1), id, at: instant, ...fields };
}

/** An application's decision; `id` is the application's, with a suffix where it is decided again. */
const decision = v.strictObject(
  entryOf('decision', {
    subject,
    decision: v.looseObject({
      schemaVersion: v.number(),
      applicationId: id,
      outcome: v.picklist(['approved', 'declined', 'referred']),
      rung: v.string(),
      probability: v.nullable(v.number()),
      modelVersion: v.nullable(v.string()),
      decidedAt: instant,
    }),
  }),
);

/** What a person found in a case; `id` is the case's with the number of the review. */
const review = v.looseObject(
  entryOf('review', { subject, applicationId: id, caseId: id, by: actor, outcome: text(50), reason: text(4000) }),
);

/** A person put another outcome in the place of the one that held. */
const override = v.looseObject(
  entryOf('override', { subject, applicationId: id, by: actor, from: text(50), to: text(50), reason: text(4000) }),
);

// What follows is of nobody in particular and stays readable for ever, so that it may have no other fields.

const mode = v.strictObject(entryOf('mode', { by: actor, from: text(50), to: text(50), reason: text(1000) }));

/** A version of the model came to a stage; `previousVersion` is the champion that it replaced. */
const promotion = v.strictObject(
  entryOf('promotion', {
    by: actor,
    stage: v.picklist(['champion', 'challenger', 'retired'], 'give champion, challenger or retired'),
    modelVersion: text(200),
    previousVersion: v.nullable(text(200)),
    dataSnapshot: v.nullable(text(200)),
    reason: text(1000),
  }),
);

/** Records that were delivered again; `source` is the object's key, which is free of personal data. */
const redrive = v.strictObject(
  entryOf('redrive', {
    by: actor,
    source: text(1024),
    records: v.pipe(v.number(), v.integer(), v.minValue(0)),
    outcome: text(200),
  }),
);

/** A setting was changed; the digests are of the whole documents. */
const configuration = v.strictObject(
  entryOf('configuration', {
    by: actor,
    setting: text(200),
    fromDigest: v.nullable(text(200)),
    toDigest: text(200),
    reason: text(1000),
  }),
);

/** A person's data was erased. The person is not named: `key` is the random number of the key that is no more. */
const erasure = v.strictObject(
  entryOf('erasure', {
    by: actor,
    key: v.nullable(v.pipe(v.string(), v.uuid())),
    /** How many items or objects were removed, by the place that they were removed from. */
    removed: v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(0))),
  }),
);

/** Everything that the audit trail tells of. */
export const auditEntrySchema = v.variant('type', [
  decision,
  review,
  override,
  mode,
  promotion,
  redrive,
  configuration,
  erasure,
]);

type Entry = v.InferOutput<typeof auditEntrySchema>;

/** An entry of the audit trail. One that has a `subject` is sealed with that subject's key, all others are readable. */
export type AuditEntry =
  | Exclude<Entry, { type: 'decision' }>
  | (Omit<Extract<Entry, { type: 'decision' }>, 'decision'> & { readonly decision: Decision });

/** What makes an entry the same as another: only the first of them is appended. */
export function entryName({ type, id }: Pick<AuditEntry, 'type' | 'id'>): string {
  return `${type}/${id}`;
}

/** The person whom an entry is about, or undefined. */
export function subjectOf(entry: AuditEntry): string | undefined {
  return 'subject' in entry && typeof entry.subject === 'string' ? entry.subject : undefined;
}

/** The entry of a decision. */
export function decisionEntry(made: Decision): AuditEntry {
  return {
    type: 'decision',
    schemaVersion: 1,
    id: made.applicationId,
    at: made.decidedAt,
    subject: made.subject.applicant,
    decision: made,
  };
}

/** An entry that is not of the published form. It tells fields and remedies, and nothing of the content. */
export class InvalidEntry extends Error {
  constructor(problems: readonly string[]) {
    super(`not an audit entry: ${problems.join('; ')}`);
    this.name = 'InvalidEntry';
  }
}

/** Longest entry as JSON, in bytes of UTF-8. An entry of the log has 65,535 at most, with what sealing adds. */
export const longestEntryJson = 60_000;

/**
 * Reads an entry from JSON, as it is in the queue.
 *
 * @throws InvalidEntry if it is none
 */
export function entryOfJson(json: string): AuditEntry {
  const bytes = Buffer.byteLength(json);
  if (bytes > longestEntryJson)
    throw new InvalidEntry([`(entry): give at most ${longestEntryJson} bytes, not ${bytes}`]);
  return parseEntry(parsed(json));
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new InvalidEntry(['(entry): give JSON']);
  }
}

/** @throws InvalidEntry that names each field that is wrong, and the remedy */
export function parseEntry(value: unknown): AuditEntry {
  const { success, output, issues } = v.safeParse(auditEntrySchema, value);
  if (success) return output as AuditEntry;
  throw new InvalidEntry(issues.map((issue) => `${v.getDotPath(issue) ?? '(entry)'}: ${remedyOf(issue)}`));
}

/** The checks' own messages say what to give; the library's say what was received, which may be personal data. */
function remedyOf(issue: v.BaseIssue<unknown>): string {
  return issue.expected === null ? issue.message : `give ${issue.expected}`;
}
