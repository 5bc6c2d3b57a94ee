import * as v from 'valibot';
import { poisonClasses, type QuarantineClass } from '../poison/classes.ts';

/** Kinds of failed records: those in quarantine by their class, and the batches that Lambda gave up. */
export type RedriveClass = QuarantineClass | 'given-up';

const quarantined = Object.entries(poisonClasses).flatMap(([name, { action }]) =>
  action === 'quarantine' ? [name as QuarantineClass] : [],
);

/** All of them, in the order in which they are gone through. */
export const redriveClasses: readonly RedriveClass[] = ['given-up', ...quarantined];

const instant = (remedy: string) => v.pipe(v.string(remedy), v.isoTimestamp(remedy));

const schema = v.strictObject({
  since: instant('give an ISO 8601 instant, such as 2026-05-05T10:00:00Z'),
  classes: v.pipe(
    v.array(v.picklist(redriveClasses, `give some of ${redriveClasses.join(', ')}`)),
    v.minLength(1, `give one of ${redriveClasses.join(', ')} at least`),
  ),
  /** A number of staff or a role: it goes into the audit trail, where names of persons may not be. */
  by: v.pipe(
    v.string('give who asks'),
    v.regex(/^[\w./:@=+-]{1,200}$/, 'give a number of staff or a role, without spaces'),
  ),
  perSecond: v.pipe(
    v.number('give records per second'),
    v.minValue(0.1, 'give 0.1 or more'),
    v.maxValue(1_000, 'give 1000 at most'),
  ),
  /** Go on after this object. */
  after: v.optional(v.string()),
});

/** What to redrive, on whose demand and how fast. */
export type RedriveRequest = v.InferOutput<typeof schema>;

/** @throws Error that names each field at fault and the remedy */
export function parseRequest(value: unknown): RedriveRequest {
  const { success, output, issues } = v.safeParse(schema, value);
  if (success) return output;
  throw new Error(
    `redrive: ${issues.map((issue) => `${v.getDotPath(issue) ?? '(request)'}: ${issue.message}`).join('; ')}`,
  );
}
