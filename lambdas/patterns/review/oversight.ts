import type { Decision } from '../decision/decision.ts';
import type { Opinion, ReviewCase, Verdict } from './case.ts';

/** What the model alone would have said; undefined where it said nothing. */
export function modelVerdict({
  probability,
  threshold,
}: Pick<Decision, 'probability' | 'threshold'>): Verdict | undefined {
  if (probability === null) return undefined;
  return probability < threshold ? 'approve' : 'decline';
}

/** Whether people decided against the model. Where it said nothing there is nothing to override. */
export function isOverride(decision: Pick<Decision, 'probability' | 'threshold'>, verdict: Verdict): boolean {
  const said = modelVerdict(decision);
  return said !== undefined && said !== verdict;
}

/** What is measured of a case when it closes. */
export interface Measures {
  /** From the opening to the outcome. Seconds. */
  readonly timeToDecision: number;
  readonly expired: boolean;
  /** Undefined where the model said nothing, or nobody decided. */
  readonly agreed: boolean | undefined;
  /** Opinions that were given faster than a case can be read. */
  readonly tooFast: number;
  /** Opinions that missed the known verdict; 0 for a real case. */
  readonly knownMissed: number;
}

export function measuresOf(
  { openedAt, outcome, opinions, decision, known }: ReviewCase,
  leastLookMs: number,
): Measures {
  const end = outcome?.at ?? openedAt;
  const expired = outcome?.by === 'expiry';
  const byPeople = outcome && !expired && modelVerdict(decision) !== undefined;
  return {
    timeToDecision: (Date.parse(end) - Date.parse(openedAt)) / 1000,
    expired,
    agreed: byPeople ? !isOverride(decision, outcome.verdict) : undefined,
    tooFast: opinions.filter(({ lookedMs }) => lookedMs < leastLookMs).length,
    knownMissed: known === null ? 0 : opinions.filter(({ verdict }) => verdict !== known).length,
  };
}

/** How many of a reviewer's last opinions are kept to judge them by. */
export const recentOpinions = 20;

/**
 * A reviewer's last opinions, the newest last: `a` agreed with the model, `o` overrode it. Cases on which the model
 * said nothing leave no mark.
 */
export function addMark(marks: string, decision: Decision, { verdict }: Pick<Opinion, 'verdict'>): string {
  const said = modelVerdict(decision);
  if (said === undefined) return marks;
  return `${marks}${said === verdict ? 'a' : 'o'}`.slice(-recentOpinions);
}

/**
 * Whether a reviewer only ever agrees. The cases come from the band in which the model itself is unsure, where agreeing
 * twenty times in a row is one in a million for somebody who decides for themselves as often one way as the other.
 */
export function alwaysAgrees(marks: string): boolean {
  return marks.length >= recentOpinions && !marks.includes('o');
}
