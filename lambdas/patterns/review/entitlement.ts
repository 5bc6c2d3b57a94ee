import { type Refusal, refusalOf } from '../http/answer.ts';
import type { ReviewCase, Reviewer, ReviewPolicy } from './case.ts';
import { isPerson } from './parties.ts';

/** The highest rung whose cases a reviewer may decide; -1 for nobody's. */
export function rungOf({ groups }: Reviewer, { ladder }: ReviewPolicy): number {
  return ladder.findLastIndex(({ group }) => groups.includes(group));
}

/** Whether somebody may see cases at all. */
export function mayReview(reviewer: Reviewer, policy: ReviewPolicy): boolean {
  return rungOf(reviewer, policy) >= 0 && !reviewer.groups.includes(policy.modelGroup);
}

/**
 * Why a reviewer may not decide a case; undefined if they may.
 *
 * Who asked, who made the model and who decides are never the same person, and nobody is two pairs of eyes.
 */
export function entitlementProblem(
  { barred, opinions, level }: ReviewCase,
  reviewer: Reviewer,
  policy: ReviewPolicy,
): Refusal | undefined {
  if (!mayReview(reviewer, policy)) {
    return forbidden('not-a-reviewer', 'is not entitled to review', 'sign in as a member of a reviewing group');
  }
  if (barred.some((party) => isPerson(party, reviewer))) {
    const part = 'sent the application, trained or approved its model, or decided on it before';
    return forbidden('has-a-part', part, 'leave the case to somebody else');
  }
  if (opinions.some((opinion) => opinion.reviewer === reviewer.id)) {
    return forbidden('same-eyes', 'has given an opinion already', 'leave the case to a second person');
  }
  if (rungOf(reviewer, policy) < level) {
    return forbidden('rung', 'is below the rung that the case is on', `leave the case to rung ${level}`);
  }
  return undefined;
}

function forbidden(code: string, problem: string, remedy: string): Refusal {
  return refusalOf(403, code, 'reviewer', problem, remedy);
}
