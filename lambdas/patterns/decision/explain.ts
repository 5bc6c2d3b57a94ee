import type { ReviewedDecision, Versions } from '../review/held-decision.ts';
import type { Decision } from './decision.ts';
import { textOf } from './reason-codes.ts';

/** A reason as an applicant is told it. */
export interface StatedReason {
  readonly code: string;
  readonly text: string;
}

/** What an applicant may know of a decision: the outcome that holds, why, by what and on which data. */
export interface Explanation {
  readonly applicationId: string;
  /** What holds now. */
  readonly outcome: Decision['outcome'];
  readonly decidedAt: string;
  /** Principal reasons, the strongest first; none for an approval. */
  readonly reasons: readonly StatedReason[];
  /** Who or what decided, and why not a better rung of the ladder. */
  readonly decidedBy: Pick<Decision, 'rung' | 'why' | 'mode'>;
  readonly modelVersion: string | null;
  readonly dataSnapshot: string | null;
  /** What was given by the applicant and went into the decision. */
  readonly features: Decision['features'];
  /** What people made of it, the latest last. */
  readonly reviews: readonly Pick<ReviewedDecision, 'version' | 'outcome' | 'rung' | 'decidedAt'>[];
  /** How to have a person look at it who can change it. */
  readonly contest: { readonly method: 'POST'; readonly path: string };
}

/** Puts a decision and what people made of it into an applicant's words. */
export function explain({ first, later }: Versions): Explanation {
  const { applicationId, rung, why, mode, modelVersion, dataSnapshot, features } = first;
  const last = later.at(-1);
  return {
    applicationId,
    outcome: last?.outcome ?? first.outcome,
    decidedAt: last?.decidedAt ?? first.decidedAt,
    reasons: first.reasons.map(({ code }) => ({ code, text: textOf(code) ?? code })),
    decidedBy: { rung, why, mode },
    modelVersion,
    dataSnapshot,
    features,
    reviews: later.map(({ version, outcome, rung: by, decidedAt }) => ({ version, outcome, rung: by, decidedAt })),
    contest: { method: 'POST', path: `/decisions/${applicationId}/contest` },
  };
}
