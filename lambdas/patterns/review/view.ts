import type { ReviewCase, Reviewer, ReviewPolicy } from './case.ts';
import { entitlementProblem } from './entitlement.ts';
import { modelVerdict } from './oversight.ts';
import { amountOf } from './referral.ts';

/** A line of the queue. */
export interface QueueLine {
  readonly caseId: string;
  readonly priority: number;
  readonly referredFor: ReviewCase['referredFor'];
  readonly amount: number;
  readonly probability: number | null;
  readonly openedAt: string;
  readonly dueAt: string;
  readonly level: number;
  readonly eyes: number;
  readonly opinions: number;
  /** Whose it is at the moment. */
  readonly held: 'nobody' | 'you' | 'another';
  /** Why the reader may not decide it; null if they may. */
  readonly barred: string | null;
}

export function queueLine(reviewed: ReviewCase, reviewer: Reviewer, now: Date, policy: ReviewPolicy): QueueLine {
  const { caseId, priority, referredFor, openedAt, dueAt, level, eyes, decision, opinions } = reviewed;
  return {
    caseId,
    priority,
    referredFor,
    amount: amountOf(decision.features),
    probability: decision.probability,
    openedAt,
    dueAt,
    level,
    eyes,
    opinions: opinions.length,
    held: heldBy(reviewed, reviewer, now),
    barred: entitlementProblem(reviewed, reviewer, policy)?.code ?? null,
  };
}

function heldBy({ claim }: ReviewCase, reviewer: Reviewer, now: Date): QueueLine['held'] {
  if (!claim || claim.until <= now.toISOString()) return 'nobody';
  return claim.reviewer === reviewer.id ? 'you' : 'another';
}

/** A case that is over, as a comparison. */
export interface SimilarCase {
  readonly caseId: string;
  readonly amount: number;
  readonly probability: number | null;
  readonly verdict: string;
  readonly by: string;
  readonly decidedAt: string;
}

/** A case as a reviewer is shown it: all that it can be decided on, and nobody else's opinion before their own. */
export interface CaseView extends QueueLine {
  readonly applicationId: string;
  readonly state: ReviewCase['state'];
  readonly decision: ReviewCase['decision'];
  readonly steps: readonly {
    readonly kind: string;
    readonly at: string;
    readonly code: string;
    readonly note: string;
  }[];
  readonly claimedUntil: string | null;
  readonly outcome: ReviewCase['outcome'];
  /** What the model was not told: the features without a value. */
  readonly unknown: readonly string[];
  readonly similar: readonly SimilarCase[];
  /** To be sent back with a verdict; null unless the reader holds the case. */
  readonly approval: string | null;
  /** What the audit log proves the case by. */
  readonly digest: string;
}

/** The most similar of past cases: nearest in what the model said and in the order of the amount. */
export function mostSimilar(reviewed: ReviewCase, past: readonly ReviewCase[], most: number): SimilarCase[] {
  return past
    .filter((each) => each.known === null && each.state === 'closed' && !isOfOneDecision(reviewed, each))
    .toSorted((a, b) => distance(reviewed, a) - distance(reviewed, b))
    .slice(0, most)
    .map(({ caseId, decision, outcome, openedAt }) => ({
      caseId,
      amount: amountOf(decision.features),
      probability: decision.probability,
      verdict: outcome?.verdict ?? '',
      by: outcome?.by ?? '',
      decidedAt: outcome?.at ?? openedAt,
    }));
}

/** A case that was inserted again is made of the decision of another one, whose verdict would give it away. */
function isOfOneDecision({ decision: a }: ReviewCase, { decision: b }: ReviewCase): boolean {
  return a.subject.applicant === b.subject.applicant && a.decidedAt === b.decidedAt;
}

/** A step of the amount's order of magnitude counts as much as a tenth of the probability. */
function distance(a: ReviewCase, b: ReviewCase): number {
  const order = (reviewed: ReviewCase) => Math.log10(1 + amountOf(reviewed.decision.features));
  const score = (reviewed: ReviewCase) => reviewed.decision.probability ?? reviewed.decision.threshold;
  const verdicts = modelVerdict(a.decision) === modelVerdict(b.decision) ? 0 : 0.05;
  return Math.abs(score(a) - score(b)) + Math.abs(order(a) - order(b)) / 10 + verdicts;
}
