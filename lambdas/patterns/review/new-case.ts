import type { Decision } from '../decision/decision.ts';
import {
  later,
  longestWaitMs,
  type ReferralReason,
  type ReviewCase,
  type ReviewPolicy,
  type Step,
  type Verdict,
} from './case.ts';
import { amountOf, priorityOf } from './referral.ts';

/** What a case is made of. */
export interface Opening {
  readonly caseId: string;
  readonly decision: Decision;
  readonly referredFor: readonly ReferralReason[];
  /** People who may not decide it. */
  readonly barred: readonly string[];
  /** What an applicant who contests has to say. */
  readonly statement?: string;
  /** @default - null: a real case */
  readonly known?: Verdict | null;
}

/** A case as it enters the queue. */
export function newCase(
  { caseId, decision, referredFor, barred, statement, known = null }: Opening,
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
    steps: statement === undefined ? [] : [contested(statement, now)],
    outcome: null,
    known,
  };
}

function contested(note: string, now: Date): Step {
  return { kind: 'contested', reviewer: 'applicant', at: now.toISOString(), code: 'other', note };
}
