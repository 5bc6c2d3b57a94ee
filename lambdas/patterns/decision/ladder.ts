import type { Features } from '../features/features.ts';
import { Corrupt } from '../model-registry/registry.ts';
import type { Mode } from '../modes/mode.ts';
import { BreakerOpen } from '../resilience/breaker/breaker.ts';
import { type Deadline, OutOfTime, within } from '../resilience/deadline.ts';
import { Passing } from '../resilience/retry.ts';
import { type DecisionPolicy, explainAbove, judge, type Reason, thresholdOf, type Verdict } from './decision.ts';
import { type AutomaticRung, automaticRungs, mayDecide, type Rung } from './rungs.ts';

/** The share of the time left that a rung may take, so that the ones below it have some. */
const shareOfTime = 2 / 3;

/** What a rung found. */
export interface Scored {
  /** Probability of default, 0 to 1. */
  readonly probability: number;
  readonly reasons: readonly Reason[];
  readonly modelVersion: string;
  /** What the model was trained on, if that is known. */
  readonly dataSnapshot: string | null;
}

export interface Question {
  readonly features: Features;
  /** Reasons are owed for a probability from here on. */
  readonly explainAbove: number;
}

/** Answers a question by one rung's means, or rejects: then the next rung is asked. */
export type Decider = (question: Question, deadline: Deadline) => Promise<Scored>;

export type Deciders = Readonly<Record<AutomaticRung, Decider>>;

/** An answer that is none, or a refusal of the question. */
export class InvalidAnswer extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'InvalidAnswer';
  }
}

export interface Descent {
  readonly mode: Mode;
  readonly deciders: Deciders;
  readonly policy: DecisionPolicy;
  readonly deadline: Deadline;
}

/**
 * Decides by the best rung that answers and may decide so; what no automatic rung may decide goes to a person. Never
 * rejects: why each rung was passed over is part of the verdict.
 */
export async function descend(features: Features, { mode, deciders, policy, deadline }: Descent): Promise<Verdict> {
  const why: Verdict['why'][number][] = [];
  if (mode !== 'normal') why.push({ rung: 'model', why: `mode-${mode}` });
  for (const rung of automaticRungs(mode)) {
    const scored = await answerOf(rung, { features, explainAbove: explainAbove(policy) }, deciders, deadline);
    if ('failed' in scored) {
      why.push({ rung: rung.name, why: scored.failed });
      continue;
    }
    const { outcome, near } = judge(scored.probability, policy);
    const may = !near && mayDecide(rung, outcome, amountOf(features));
    if (!may) why.push({ rung: rung.name, why: near ? 'near-threshold' : 'beyond-its-limits' });
    return verdict(scored, { mode, policy, why, ...(may ? { rung: rung.name, outcome } : referred) });
  }
  return verdict(undefined, { mode, policy, why, ...referred });
}

const referred = { rung: 'person', outcome: 'referred' } as const;

async function answerOf(
  { name, withinMs }: Rung & { readonly name: AutomaticRung },
  question: Question,
  deciders: Deciders,
  deadline: Deadline,
): Promise<Scored | { readonly failed: string }> {
  try {
    if (deadline.leftMs() <= 0) throw new OutOfTime();
    return await deciders[name](question, within(deadline, Math.min(withinMs, shareOfTime * deadline.leftMs())));
  } catch (error) {
    return { failed: whyOf(error) };
  }
}

/** Why a rung did not answer, as a word for metrics and records. */
function whyOf(error: unknown): string {
  if (error instanceof BreakerOpen) return 'breaker-open';
  if (error instanceof Passing) return 'unavailable';
  if (error instanceof InvalidAnswer) return 'invalid-answer';
  if (error instanceof Corrupt) return 'corrupt';
  const name = error instanceof Error ? error.name : '';
  return /^(OutOfTime|TimeoutError|AbortError)$/.test(name) ? 'out-of-time' : 'failed';
}

type Ending = Pick<Verdict, 'mode' | 'rung' | 'outcome' | 'why'> & { readonly policy: DecisionPolicy };

function verdict(scored: Scored | undefined, { policy, why, ...ending }: Ending): Verdict {
  return {
    ...ending,
    why,
    probability: scored?.probability ?? null,
    modelVersion: scored?.modelVersion ?? null,
    dataSnapshot: scored?.dataSnapshot ?? null,
    threshold: thresholdOf(policy.costRatio),
    reasons: ending.outcome === 'approved' ? [] : (scored?.reasons ?? []),
    referredFor: ending.outcome === 'referred' ? reasonOfReferral(scored, ending.mode, why) : null,
  };
}

function reasonOfReferral(scored: Scored | undefined, mode: Mode, why: Verdict['why']): Verdict['referredFor'] {
  if (!scored) return mode === 'manual' ? 'manual-mode' : 'no-score';
  return why.at(-1)?.why === 'near-threshold' ? 'near-threshold' : 'beyond-limits';
}

/** The amount of a loan in US dollars; one that is not known is above every limit. */
function amountOf({ amount }: Features): number {
  return typeof amount === 'number' ? amount : Number.POSITIVE_INFINITY;
}
