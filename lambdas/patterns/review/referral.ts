import { createHash } from 'node:crypto';
import type { Decision } from '../decision/decision.ts';
import type { ReferralReason } from './case.ts';

export interface ReferralPolicy {
  /** Amount from which a person decides, whatever the model says. Currency of the applications. */
  readonly personFrom: number;
  /** Share of the other decisions that a person looks at again, 0 to 1. */
  readonly auditShare: number;
}

/** The part of a decision that the rules look at. */
export type Referable = Pick<Decision, 'applicationId' | 'outcome' | 'referredFor' | 'features'>;

type Rule = (decision: Referable, policy: ReferralPolicy) => boolean;

/** When a person has to look at a decision: one rule for each reason. */
const rules: Readonly<Record<Exclude<ReferralReason, 'contested' | 'audit-sample'>, Rule>> = {
  'near-threshold': ({ referredFor }) => referredFor === 'near-threshold',
  'below-model': ({ outcome, referredFor }) => outcome === 'referred' && referredFor !== 'near-threshold',
  amount: ({ features }, { personFrom }) => amountOf(features) >= personFrom,
};

/**
 * Why a person has to look at a decision; empty if nobody has to. The random sample is drawn from what no rule
 * catches, so its agreement rate speaks for the decisions that the model makes alone.
 */
export function referralReasons(decision: Referable, policy: ReferralPolicy): readonly ReferralReason[] {
  const caught = (Object.entries(rules) as [ReferralReason, Rule][]).filter(([, rule]) => rule(decision, policy));
  if (caught.length > 0) return caught.map(([reason]) => reason);
  return isSampled(decision.applicationId, policy.auditShare) ? ['audit-sample'] : [];
}

/**
 * Whether an application is in the random sample. The draw follows from the id alone, so that a redelivery draws the
 * same, and nobody who takes part can steer it: ids are the callers' own, the hash is not.
 */
function isSampled(applicationId: string, share: number): boolean {
  const draw = createHash('sha256').update(`seaworthy/audit-sample/v1/${applicationId}`).digest().readUInt32BE();
  return draw / 2 ** 32 < share;
}

/** The amount of an application, 0 if it is not known. */
export function amountOf(features: Decision['features']): number {
  const { amount } = features;
  return typeof amount === 'number' ? amount : 0;
}

/**
 * How urgent a case is, 0 to 3: somebody who contests has waited twice, a person who gets no answer because the model
 * is down waits through no fault of theirs, and a sample waits for nobody.
 */
export function priorityOf(reasons: readonly ReferralReason[]): number {
  const urgency: Readonly<Record<ReferralReason, number>> = {
    contested: 3,
    amount: 2,
    'below-model': 2,
    'near-threshold': 1,
    'audit-sample': 0,
  };
  return Math.max(0, ...reasons.map((reason) => urgency[reason]));
}
