import type { Features } from '../features/features.ts';
import type { Mode } from '../modes/mode.ts';
import type { AutomaticRung, Outcome, RungName } from './rungs.ts';

/** Why a score is what it is: a feature and how much it raises the risk, in log-odds. */
export interface Reason {
  readonly code: string;
  readonly feature: string;
  readonly contribution: number;
}

export interface DecisionPolicy {
  readonly costRatio: number;
  readonly referMargin: number;
}

/** What was decided, on which rung of the ladder, and why not on a better one. */
export interface Verdict {
  readonly outcome: Outcome;
  /** The rung that decided. */
  readonly rung: Exclude<RungName, 'refusal'>;
  /** The rungs above it, and why each did not decide. */
  readonly why: readonly { readonly rung: AutomaticRung; readonly why: string }[];
  readonly mode: Mode;
  readonly probability: number | null;
  readonly modelVersion: string | null;
  /** What the model was trained on. */
  readonly dataSnapshot: string | null;
  readonly threshold: number;
  readonly reasons: readonly Reason[];
  /** Why a person has to decide; null where none has to. */
  readonly referredFor: 'near-threshold' | 'beyond-limits' | 'no-score' | 'manual-mode' | null;
}

/** The record of a decision: the same in the decisions table and in the audit log, free of direct identifiers. */
export interface Decision extends Verdict {
  readonly schemaVersion: 2;
  readonly applicationId: string;
  /** Id at AWS of whoever sent the application; absent where it came to the stream past the API. */
  readonly requestedBy?: string;
  readonly subject: { readonly applicant: string };
  readonly features: Features;
  readonly featuresVersion: number;
  readonly submittedAt: string;
  readonly receivedAt: string;
  readonly decidedAt: string;
}

/**
 * The probability of default from which declining costs less than approving.
 *
 * Approving costs `p * costRatio`, declining `1 - p`; they are equal at `1 / (costRatio + 1)`
 * (Elkan, The Foundations of Cost-Sensitive Learning, IJCAI 2001, equation 2).
 */
export function thresholdOf(costRatio: number): number {
  return 1 / (costRatio + 1);
}

/** The probability above which an application may be declined, so that a reason is owed. */
export function explainAbove({ costRatio, referMargin }: DecisionPolicy): number {
  return Math.max(0, thresholdOf(costRatio) - referMargin);
}

/** What a probability of default asks for; near the threshold nobody but a person should say. */
export function judge(
  probability: number,
  { costRatio, referMargin }: DecisionPolicy,
): { readonly outcome: 'approved' | 'declined'; readonly near: boolean } {
  const threshold = thresholdOf(costRatio);
  return {
    outcome: probability >= threshold ? 'declined' : 'approved',
    near: Math.abs(probability - threshold) < referMargin,
  };
}
