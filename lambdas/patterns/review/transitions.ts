import { type Refusal, refusalOf } from '../http/answer.ts';
import { digestOf } from './approval.ts';
import {
  later,
  type Opinion,
  type Outcome,
  type Reason,
  type ReviewCase,
  type Reviewer,
  type ReviewPolicy,
  type Step,
  type Verdict,
} from './case.ts';
import { entitlementProblem } from './entitlement.ts';

// Each function gives the case that follows, or throws the Refusal that says why there is none. None has an effect:
// the store decides, by the version, whether what follows comes to be.

/** What a reviewer decides, and on what. */
export interface Judgement extends Reason {
  readonly verdict: Verdict;
  /** Digest of what was shown, from the approval. */
  readonly digest: string;
  readonly lookedMs: number;
}

/**
 * Gives a reviewer the right to decide for the length of a lease. A holder may renew; somebody else may take over when
 * the lease has ended by either of two clocks that differ as much as they may.
 */
export function claim(before: ReviewCase, reviewer: Reviewer, now: Date, policy: ReviewPolicy): ReviewCase {
  refuseIfOver(before, now);
  refuseIfNotEntitled(before, reviewer, policy);
  const held = before.claim;
  if (
    held &&
    held.reviewer !== reviewer.id &&
    now.toISOString() < later(new Date(held.until), 2 * policy.clockSkewMs)
  ) {
    throw conflict('claimed', 'is with another reviewer', `choose another case, or wait until ${held.until}`);
  }
  return follow(before, {
    state: 'claimed',
    claims: before.claims + 1,
    claim: { reviewer: reviewer.id, since: now.toISOString(), until: later(now, policy.leaseMs) },
  });
}

/** Gives a case back to the queue. */
export function release(before: ReviewCase, reviewer: Reviewer, now: Date): ReviewCase {
  refuseIfNotHeld(before, reviewer, now);
  return follow(before, { state: 'waiting', claim: null });
}

/**
 * Adds a reviewer's opinion. The case is decided when as many as have to agree do; two who disagree make it go up the
 * ladder, where a third decides.
 */
export function judge(
  before: ReviewCase,
  reviewer: Reviewer,
  judgement: Judgement,
  now: Date,
  policy: ReviewPolicy,
): ReviewCase {
  refuseIfNotHeld(before, reviewer, now);
  refuseIfNotEntitled(before, reviewer, policy);
  refuseIfChanged(before, judgement.digest);
  const opinion: Opinion = { ...judgement, reviewer: reviewer.id, at: now.toISOString() };
  const opinions = [...before.opinions, opinion];
  const agreeing = opinions.filter(({ verdict }) => verdict === judgement.verdict).length;
  if (agreeing >= before.eyes) {
    const outcome: Outcome = { verdict: judgement.verdict, by: 'people', at: now.toISOString() };
    return follow(before, { state: 'decided', claim: null, opinions, outcome });
  }
  const disagreement = opinions.length > agreeing;
  const level = disagreement ? Math.min(before.level + 1, policy.ladder.length - 1) : before.level;
  return follow(before, { state: 'waiting', claim: null, opinions, level });
}

/** Sends a case up the ladder without a verdict. */
export function referUp(
  before: ReviewCase,
  reviewer: Reviewer,
  reason: Reason & Pick<Judgement, 'digest'>,
  now: Date,
  policy: ReviewPolicy,
): ReviewCase {
  refuseIfNotHeld(before, reviewer, now);
  refuseIfNotEntitled(before, reviewer, policy);
  refuseIfChanged(before, reason.digest);
  if (before.level >= policy.ladder.length - 1) {
    throw conflict('top-of-ladder', 'is on the highest rung', 'approve or decline it, or release it');
  }
  const steps = [...before.steps, step('referred-up', reviewer, reason, now)];
  return follow(before, { steps, level: before.level + 1, state: 'waiting', claim: null });
}

/** Asks that a second person agrees, whatever the amount. The asker keeps the claim, and may be one of the two. */
export function askSecondOpinion(
  before: ReviewCase,
  reviewer: Reviewer,
  reason: Reason & Pick<Judgement, 'digest'>,
  now: Date,
  policy: ReviewPolicy,
): ReviewCase {
  refuseIfNotHeld(before, reviewer, now);
  refuseIfNotEntitled(before, reviewer, policy);
  refuseIfChanged(before, reason.digest);
  if (before.eyes === 2) {
    throw conflict('two-already', 'is for two people already', 'give your own opinion');
  }
  return follow(before, { eyes: 2, steps: [...before.steps, step('second-opinion-asked', reviewer, reason, now)] });
}

/** Raises a case to a rung and takes it from whoever holds it; one that is there already, or decided, stays as it is. */
export function escalate(before: ReviewCase, level: number): ReviewCase {
  if (isOver(before) || before.level >= level) return before;
  return follow(before, { level, state: 'waiting', claim: null });
}

/** Decides a case that nobody decided in time. @throws Refusal before its time; a decided case stays as it is */
export function expire(before: ReviewCase, now: Date, policy: ReviewPolicy): ReviewCase {
  if (isOver(before)) return before;
  if (now.toISOString() < before.dueAt) {
    throw conflict('not-due', `is not due before ${before.dueAt}`, 'wait until then');
  }
  const outcome: Outcome = { verdict: policy.expiryVerdict, by: 'expiry', at: now.toISOString() };
  return follow(before, { state: 'decided', claim: null, outcome });
}

/** Ends a case whose outcome is in effect. */
export function close(before: ReviewCase): ReviewCase {
  if (before.state === 'closed') return before;
  if (before.state !== 'decided') throw conflict('undecided', 'is not decided', 'decide it first');
  return follow(before, { state: 'closed' });
}

/** The same case once more, so that what is stored beside it can be written. */
export function touch(before: ReviewCase): ReviewCase {
  return follow(before, {});
}

/** Whether nothing can change the outcome any more. */
export function isOver({ state }: ReviewCase): boolean {
  return state === 'decided' || state === 'closed';
}

function follow(before: ReviewCase, changes: Partial<ReviewCase>): ReviewCase {
  return { ...before, ...changes, version: before.version + 1 };
}

function step(kind: Step['kind'], reviewer: Reviewer, { code, note }: Reason, now: Date): Step {
  return { kind, reviewer: reviewer.id, at: now.toISOString(), code, note };
}

function refuseIfOver(before: ReviewCase, now: Date): void {
  if (isOver(before)) throw conflict('decided', 'is decided', 'choose another case');
  if (now.toISOString() >= before.dueAt) throw conflict('expired', 'is past its time', 'choose another case');
}

function refuseIfNotHeld(before: ReviewCase, reviewer: Reviewer, now: Date): void {
  refuseIfOver(before, now);
  const held = before.claim;
  if (held?.reviewer !== reviewer.id) throw conflict('not-claimed', 'is not claimed by you', 'claim it first');
  if (now.toISOString() >= held.until) throw conflict('lease-over', 'was claimed too long ago', 'claim it again');
}

/** Also of who holds the case: their groups may have changed since they claimed it. */
function refuseIfNotEntitled(before: ReviewCase, reviewer: Reviewer, policy: ReviewPolicy): void {
  const problem = entitlementProblem(before, reviewer, policy);
  if (problem) throw problem;
}

function refuseIfChanged(before: ReviewCase, digest: string): void {
  if (digest !== digestOf(before)) {
    throw conflict('changed', 'has changed since it was shown', 'look at it again');
  }
}

function conflict(code: string, problem: string, remedy: string): Refusal {
  return refusalOf(409, code, 'case', problem, remedy);
}
