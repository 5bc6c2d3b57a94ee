import type { Decision } from '../decision/decision.ts';
import { countIn } from '../drift/bins.ts';
import type { OutcomeVersion } from '../outcome/store.ts';
import { groupKinds } from './group-kinds.ts';
import type { VersionReference } from './reference.ts';

/** Which sums: of what was written on a day, of the applications of a month, by a version of the model. */
export interface Part {
  /** YYYY-MM. */
  readonly month: string;
  /** YYYY-MM-DD. */
  readonly day: string;
  /** `none` where no model has given a score. */
  readonly version: string;
}

/** What decisions add up to. Nobody can be told from it. */
export interface DecisionSums {
  /** Loans that the model approved by itself: what it answers for. */
  loans: number;
  /** Sum of their probabilities of default, and of the squares. */
  probability: number;
  squares: number;
  /** By feature and `score`, how the applications that the model scored fall into the bins of its version. */
  bins: Record<string, number[]>;
  /** By group, how many were decided, by whatever rung, how many of them approved, and how many of those by the model. */
  groups: Record<string, [decided: number, approved: number, loans: number]>;
}

/** What outcomes of loans that the model approved add up to; a correction takes away what it corrects. */
export interface OutcomeSums {
  /** By the month in which they became known, YYYY-MM. */
  known: Record<string, [paid: number, defaulted: number]>;
  /** Sum of 1 - 2 p over the defaults: what they add to the squared differences. */
  surprise: number;
  /** Defaults by group. */
  groups: Record<string, number>;
}

/** Reasons for which the model's answer was not the last word, though it was there. */
const answered: ReadonlySet<string> = new Set(['near-threshold', 'beyond-its-limits']);

/** Whether the probability is the model's own, and not that of the scorecard below it. */
function isScored(decision: Decision): decision is Decision & { probability: number; modelVersion: string } {
  const passedOver = decision.why.some(({ rung, why }) => rung === 'model' && !answered.has(why));
  return decision.probability !== null && decision.modelVersion !== null && !passedOver;
}

/** Whether a loan is one that the model answers for. People answer for theirs; what is declined never has an outcome. */
export function isModelsLoan(decision: Decision): decision is Decision & { probability: number; modelVersion: string } {
  return isScored(decision) && decision.rung === 'model' && decision.outcome === 'approved';
}

/** The sums that a decision belongs to. */
export function partOf(decision: Decision, day: string): Part {
  const version = isScored(decision) ? decision.modelVersion : 'none';
  return { month: decision.submittedAt.slice(0, 7), day, version };
}

export function noDecisions(): DecisionSums {
  return { loans: 0, probability: 0, squares: 0, bins: {}, groups: {} };
}

export function noOutcomes(): OutcomeSums {
  return { known: {}, surprise: 0, groups: {} };
}

/** @param reference of the decision's version; without it nothing falls into bins */
export function addDecision(sums: DecisionSums, decision: Decision, reference: VersionReference | undefined): void {
  const loan = isModelsLoan(decision);
  for (const group of groupsOf(decision)) {
    const [decided, approved, loans] = sums.groups[group] ?? [0, 0, 0];
    sums.groups[group] = [decided + 1, approved + Number(decision.outcome === 'approved'), loans + Number(loan)];
  }
  if (isScored(decision)) addToBins(sums.bins, decision, reference);
  if (!loan) return;
  sums.loans += 1;
  sums.probability += decision.probability;
  sums.squares += decision.probability ** 2;
}

/** @param sign 1, or -1 for a version that a correction replaces; it goes on the day on which the mistake was known */
export function addOutcome(
  sums: OutcomeSums,
  { outcome, knownAt }: OutcomeVersion,
  decision: Decision & { probability: number },
  sign: 1 | -1,
): void {
  const month = knownAt.slice(0, 7);
  const [paid, defaulted] = sums.known[month] ?? [0, 0];
  sums.known[month] = outcome === 'paid' ? [paid + sign, defaulted] : [paid, defaulted + sign];
  if (outcome === 'paid') return;
  sums.surprise += sign * (1 - 2 * decision.probability);
  for (const group of groupsOf(decision)) sums.groups[group] = (sums.groups[group] ?? 0) + sign;
}

function addToBins(
  bins: DecisionSums['bins'],
  { features, probability }: Decision,
  reference: VersionReference | undefined,
): void {
  for (const [name, binned] of Object.entries(reference?.population ?? {})) {
    const one = countIn(binned, [name === 'score' ? probability : (features[name] ?? null)]);
    bins[name] = one.map((count, bin) => count + (bins[name]?.[bin] ?? 0));
  }
}

function groupsOf({ features }: Decision): string[] {
  return groupKinds.map((kind) => `${kind}/${features[kind] ?? 'unknown'}`);
}
