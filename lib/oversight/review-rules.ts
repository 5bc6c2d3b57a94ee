import { Duration } from 'aws-cdk-lib';
import type { ReviewSettings } from '../../lambdas/patterns/review/settings.ts';
import { Problems } from '../common/problems.ts';

/** One rung of the escalation ladder: a group of reviewers, and how long it has. */
export interface ReviewRung {
  readonly group: string;
  readonly has: Duration;
}

/** How people decide. */
export interface ReviewRules {
  /**
   * Who is called, the first first; after the last a case expires.
   * @default - `reviewers` for 4 hours, `senior-reviewers` for 8, `heads-of-credit` for 12
   */
  readonly ladder?: readonly ReviewRung[];
  /**
   * Group of those who make or release models; its members may decide no case, whatever other group they are in.
   * @default 'model-owners'
   */
  readonly modelGroup?: string;
  /**
   * Group of those who may insert cases whose verdict is known.
   * @default 'oversight'
   */
  readonly oversightGroup?: string;
  /**
   * How long a reviewer holds a case.
   * @default - 20 minutes
   */
  readonly lease?: Duration;
  /**
   * After how long without anybody touching a case its rung is reminded.
   * @default - 1 hour
   */
  readonly remindAfter?: Duration;
  /**
   * Amount from which two people have to agree.
   * @default 250000
   */
  readonly fourEyesFrom?: number;
  /**
   * Amount from which a person decides, whatever the model says.
   * @default 1000000
   */
  readonly personFrom?: number;
  /**
   * Share of the model's own decisions that a person looks at again, 0 to 1.
   * @default 0.01
   */
  readonly auditShare?: number;
  /**
   * A verdict that is given faster was given without reading.
   * @default - 20 seconds
   */
  readonly leastLook?: Duration;
}

/** How far the clocks of two functions may be apart; AWS keeps them within milliseconds. */
const clockSkew = Duration.seconds(30);

const defaultLadder: readonly ReviewRung[] = [
  { group: 'reviewers', has: Duration.hours(4) },
  { group: 'senior-reviewers', has: Duration.hours(8) },
  { group: 'heads-of-credit', has: Duration.hours(12) },
];

/**
 * The rules as the handlers get them.
 *
 * @throws Error that lists every rule that makes no sense
 */
export function reviewSettings(rules: ReviewRules): ReviewSettings {
  const { ladder = defaultLadder, lease = Duration.minutes(20), remindAfter = Duration.hours(1) } = rules;
  const { fourEyesFrom = 250_000, personFrom = 1_000_000, auditShare = 0.01, leastLook = Duration.seconds(20) } = rules;
  const shortest = Math.min(...ladder.map(({ has }) => has.toSeconds()));
  new Problems('ReviewRules')
    .check(ladder.length > 0, 'ladder', ladder, 'name at least one group')
    .within('lease, in seconds,', lease.toSeconds(), 60, Math.max(60, shortest))
    .within('remindAfter, in seconds,', remindAfter.toSeconds(), 60, 86_400)
    .within('fourEyesFrom', fourEyesFrom, 0, 1e12)
    .within('personFrom', personFrom, 0, 1e12)
    .within('auditShare', auditShare, 0, 1)
    .within('leastLook, in seconds,', leastLook.toSeconds(), 0, 3600)
    .throwIfAny();
  return {
    review: {
      ladder: ladder.map(({ group, has }) => ({ group, forMs: has.toMilliseconds() })),
      modelGroup: rules.modelGroup ?? 'model-owners',
      leaseMs: lease.toMilliseconds(),
      clockSkewMs: clockSkew.toMilliseconds(),
      remindMs: remindAfter.toMilliseconds(),
      fourEyesFrom,
      expiryVerdict: 'decline',
    },
    referral: { personFrom, auditShare },
    leastLookMs: leastLook.toMilliseconds(),
    oversightGroup: rules.oversightGroup ?? 'oversight',
  };
}
