import type { Decision } from '../decision/decision.ts';

/** What a person says to an application. */
export type Verdict = 'approve' | 'decline';

/** Why a person has to look at a decision; the rules are in `referral.ts`. */
export type ReferralReason = 'near-threshold' | 'below-model' | 'amount' | 'contested' | 'audit-sample';

/**
 * Where a case is on its way: `waiting` for a reviewer, `claimed` by one, `decided` (the verdict stands and has no
 * effect yet), `closed` (recorded in the audit log, then in effect).
 */
export type CaseState = 'waiting' | 'claimed' | 'decided' | 'closed';

/** Why a reviewer says what they say. A note may hold personal data, so only the code leaves the case. */
export const reasonCodes = [
  'documents-support',
  'documents-missing',
  'affordability',
  'model-misses-facts',
  'policy-exception',
  'suspected-fraud',
  'other',
] as const;
export type ReasonCode = (typeof reasonCodes)[number];

/** Longest note of a reviewer, in characters. */
export const longestNote = 500;

export interface Reason {
  readonly code: ReasonCode;
  /** Free text for the next reader; stays in the case, where it can be erased. */
  readonly note: string;
}

/** The right of one reviewer to decide a case, for a time. */
export interface Claim {
  readonly reviewer: string;
  readonly since: string;
  /** From this instant the holder may not decide any more. */
  readonly until: string;
}

/** What one reviewer said. */
export interface Opinion extends Reason {
  readonly reviewer: string;
  readonly verdict: Verdict;
  readonly at: string;
  /** Digest of what was shown. */
  readonly digest: string;
  /** From the page's answer to the verdict. Milliseconds. */
  readonly lookedMs: number;
}

/** Longest statement of an applicant who contests, in characters. */
export const longestStatement = 2_000;

/** A step that is no verdict: sent up the ladder, a second pair of eyes asked for, or contested in the note's words. */
export interface Step extends Reason {
  readonly kind: 'referred-up' | 'second-opinion-asked' | 'contested';
  /** Who did it: a reviewer's id, or `applicant`. */
  readonly reviewer: string;
  readonly at: string;
}

/** Who decided in the end: people who agreed, or nobody in time. */
export interface Outcome {
  readonly verdict: Verdict;
  readonly by: 'people' | 'expiry';
  readonly at: string;
}

/** An application, or a contested decision, that a person decides. Instants are ISO 8601 in UTC. */
export interface ReviewCase {
  readonly schemaVersion: 1;
  /** The application's id; `<application id>-contest-<n>` for the n-th contest. */
  readonly caseId: string;
  readonly applicationId: string;
  readonly state: CaseState;
  /** Counts the writes. Each is conditional on it, so no two can both follow the same state. */
  readonly version: number;
  /** Counts the claims: an approval belongs to one of them. */
  readonly claims: number;
  /** The decision that made the case, with what the model said. */
  readonly decision: Decision;
  readonly referredFor: readonly ReferralReason[];
  /** 0 (lowest) to 3. */
  readonly priority: number;
  readonly openedAt: string;
  /** When the case is decided without a person. */
  readonly dueAt: string;
  /** Rung of the escalation ladder, from 0. */
  readonly level: number;
  /** Reviewers who have to agree. */
  readonly eyes: 1 | 2;
  /** Ids of people who may not decide: who sent the application, who trained or approved the model, who decided before. */
  readonly barred: readonly string[];
  readonly claim: Claim | null;
  readonly opinions: readonly Opinion[];
  readonly steps: readonly Step[];
  readonly outcome: Outcome | null;
  /** The right verdict of a case that was inserted to see whether reviewers look; null for every real one. */
  readonly known: Verdict | null;
}

/** Whoever acts on a case. */
export interface Reviewer {
  /** The user's id at the identity provider, which is no name. */
  readonly id: string;
  /** The user's number of staff: by it they are known to AWS as well, as a user or as a session in a role. */
  readonly staff?: string;
  readonly groups: readonly string[];
}

/** One rung of the escalation ladder. */
export interface Rung {
  /** Members of this group may decide on this rung, and those of every rung above. */
  readonly group: string;
  /** How long the rung has before the next one is called. Milliseconds. */
  readonly forMs: number;
}

export interface ReviewPolicy {
  readonly ladder: readonly Rung[];
  /** Members may decide nothing, whatever other group they are in: they make or release models. */
  readonly modelGroup: string;
  /** How long a claim lasts. Milliseconds. */
  readonly leaseMs: number;
  /** How far a clock may be from the true time. Milliseconds. */
  readonly clockSkewMs: number;
  /** How long nobody may touch a case before its rung is reminded of it. Milliseconds. */
  readonly remindMs: number;
  /** Amount from which two people have to agree. Currency of the applications. */
  readonly fourEyesFrom: number;
  /** The verdict of a case that nobody decided in time. It gives no credit, and the applicant may contest it. */
  readonly expiryVerdict: 'decline';
}

/** How long a case may wait for people in all. Milliseconds. */
export function longestWaitMs({ ladder }: ReviewPolicy): number {
  return ladder.reduce((total, { forMs }) => total + forMs, 0);
}

/** An instant so many milliseconds later. */
export function later(instant: Date, ms: number): string {
  return new Date(instant.getTime() + ms).toISOString();
}
