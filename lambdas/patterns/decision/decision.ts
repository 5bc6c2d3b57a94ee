import type { Features } from '../features/features.ts';

/** Why a score is what it is: a feature and how much it raises the risk, in log-odds. */
export interface Reason {
  readonly code: string;
  readonly feature: string;
  readonly contribution: number;
}

/** The model's answer, or why there is none. */
export type Score =
  | {
      readonly ok: true;
      /** Probability of default, 0 to 1. */
      readonly probability: number;
      readonly modelVersion: string;
      readonly reasons: readonly Reason[];
    }
  | { readonly ok: false; readonly why: 'model-unavailable' | 'model-answer-invalid' };

export interface DecisionPolicy {
  readonly costRatio: number;
  readonly referMargin: number;
}

/** What was decided, on which rung of the ladder, and why. */
export interface Verdict {
  readonly outcome: 'approved' | 'declined' | 'referred';
  readonly rung: 'model' | 'person';
  readonly probability: number | null;
  readonly modelVersion: string | null;
  readonly threshold: number;
  readonly reasons: readonly Reason[];
  /** Why a person has to decide; null where the model decided. */
  readonly referredFor: 'near-threshold' | 'model-unavailable' | 'model-answer-invalid' | null;
}

/** The record of a decision: the same in the decisions table and in the audit log, free of direct identifiers. */
export interface Decision extends Verdict {
  readonly schemaVersion: 1;
  readonly applicationId: string;
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

/** Decides on a score. A score near the threshold, or none, goes to a person. */
export function decide(score: Score, policy: DecisionPolicy): Verdict {
  const threshold = thresholdOf(policy.costRatio);
  if (!score.ok) {
    return {
      outcome: 'referred',
      rung: 'person',
      probability: null,
      modelVersion: null,
      threshold,
      reasons: [],
      referredFor: score.why,
    };
  }
  const { probability, modelVersion } = score;
  const near = Math.abs(probability - threshold) < policy.referMargin;
  const declined = !near && probability >= threshold;
  return {
    outcome: near ? 'referred' : declined ? 'declined' : 'approved',
    rung: near ? 'person' : 'model',
    probability,
    modelVersion,
    threshold,
    reasons: near || declined ? score.reasons : [],
    referredFor: near ? 'near-threshold' : null,
  };
}
