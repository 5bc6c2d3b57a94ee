import * as v from 'valibot';
import type { ReviewPolicy } from './case.ts';
import type { ReferralPolicy } from './referral.ts';

const positive = v.pipe(v.number(), v.minValue(1));

/** What the construct tells the handlers of how people decide: one JSON document. */
const settings = v.strictObject({
  review: v.strictObject({
    ladder: v.pipe(
      v.array(v.strictObject({ group: v.pipe(v.string(), v.minLength(1)), forMs: positive })),
      v.minLength(1),
    ),
    modelGroup: v.pipe(v.string(), v.minLength(1)),
    leaseMs: positive,
    clockSkewMs: v.pipe(v.number(), v.minValue(0)),
    remindMs: positive,
    fourEyesFrom: v.pipe(v.number(), v.minValue(0)),
    expiryVerdict: v.literal('decline'),
  }),
  referral: v.strictObject({
    personFrom: v.pipe(v.number(), v.minValue(0)),
    auditShare: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  }),
  /** An opinion that was given faster was given without reading. Milliseconds. */
  leastLookMs: v.pipe(v.number(), v.minValue(0)),
  /** Members may insert cases whose right verdict is known. */
  oversightGroup: v.pipe(v.string(), v.minLength(1)),
});

export interface ReviewSettings {
  readonly review: ReviewPolicy;
  readonly referral: ReferralPolicy;
  readonly leastLookMs: number;
  readonly oversightGroup: string;
}

/** @throws Error that names the variable and the fields at fault */
export function parseSettings(text: string): ReviewSettings {
  const { success, output, issues } = v.safeParse(v.pipe(v.string(), v.parseJson(), settings), text);
  if (success) return output;
  const problems = issues.map((issue) => `${v.getDotPath(issue) ?? '(document)'}: ${issue.message}`);
  throw new Error(`REVIEW_SETTINGS is wrong: ${problems.join('; ')}`);
}
