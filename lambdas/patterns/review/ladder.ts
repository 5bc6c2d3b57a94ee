import { longestWaitMs, type ReviewCase, type ReviewPolicy } from './case.ts';
import { escalate, expire, isOver } from './transitions.ts';

/** What the workflow does with a case next: wait for a person, or bring the outcome into effect. */
export type Plan =
  | { readonly next: 'settle' }
  | {
      readonly next: 'wait';
      /** Until the next rung, or until the case is due. Whole seconds. */
      readonly timeoutSeconds: number;
      /** Until the rung is reminded, if nobody touches the case. Whole seconds, fewer than the timeout's. */
      readonly heartbeatSeconds: number;
    };

/** A case as it has to be by the clock, and what follows from that. */
export interface Planned {
  readonly reviewed: ReviewCase;
  readonly plan: Plan;
}

/**
 * Brings a case to where it has to be by the clock: up the ladder, or decided because nobody did.
 *
 * It may be asked at any time and any number of times. What a person did stays: a case that was sent up the ladder
 * early does not come down again.
 */
export function planOf(before: ReviewCase, now: Date, policy: ReviewPolicy): Planned {
  const due = now.toISOString() >= before.dueAt;
  const reviewed = due ? expire(before, now, policy) : escalate(before, rungAt(before, now, policy));
  if (isOver(reviewed)) return { reviewed, plan: { next: 'settle' } };
  const timeoutSeconds = Math.max(2, Math.ceil((endOfRung(reviewed, policy) - now.getTime()) / 1000));
  const heartbeatSeconds = Math.max(1, Math.min(Math.ceil(policy.remindMs / 1000), timeoutSeconds - 1));
  return { reviewed, plan: { next: 'wait', timeoutSeconds, heartbeatSeconds } };
}

/** The rung that the clock asks for. */
function rungAt({ openedAt }: ReviewCase, now: Date, policy: ReviewPolicy): number {
  const waited = now.getTime() - Date.parse(openedAt);
  const passed = rungEnds(policy).filter((end) => end <= waited).length;
  return Math.min(passed, policy.ladder.length - 1);
}

/** When the rung that a case is on ends by the clock. Milliseconds since 1970. */
function endOfRung({ openedAt, dueAt, level }: ReviewCase, policy: ReviewPolicy): number {
  const end = rungEnds(policy)[level] ?? longestWaitMs(policy);
  return Math.min(Date.parse(openedAt) + end, Date.parse(dueAt));
}

/** When each rung ends. Milliseconds since the case was opened. */
function rungEnds({ ladder }: ReviewPolicy): number[] {
  return ladder.map((_, level) => ladder.slice(0, level + 1).reduce((total, { forMs }) => total + forMs, 0));
}
