import type { Decision } from '../decision/decision.ts';
import { later, longestWaitMs, type ReferralReason, type ReviewCase, type ReviewPolicy, type Verdict } from './case.ts';
import { amountOf, priorityOf } from './referral.ts';

/** What a case is made of. */
export interface Opening {
  readonly caseId: string;
  readonly decision: Decision;
  readonly referredFor: readonly ReferralReason[];
  /** People who may not decide it. */
  readonly barred: readonly string[];
  /** @default - null: a real case */
  readonly known?: Verdict | null;
}

/** A case as it enters the queue. */
export function newCase(
  { caseId, decision, referredFor, barred, known = null }: Opening,
  now: Date,
  policy: ReviewPolicy,
): ReviewCase {
  return {
    schemaVersion: 1,
    caseId,
    applicationId: decision.applicationId,
    state: 'waiting',
    version: 1,
    claims: 0,
    decision,
    referredFor,
    priority: priorityOf(referredFor),
    openedAt: now.toISOString(),
    dueAt: later(now, longestWaitMs(policy)),
    level: 0,
    eyes: amountOf(decision.features) >= policy.fourEyesFrom ? 2 : 1,
    barred,
    claim: null,
    opinions: [],
    steps: [],
    outcome: null,
    known,
  };
}
