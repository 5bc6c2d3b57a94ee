import table from '../../../schemas/rungs.json' with { type: 'json' };
import type { Mode } from '../modes/mode.ts';

/** A rung that decides by itself. */
export type AutomaticRung = 'model' | 'scorecard' | 'rules';
export type RungName = AutomaticRung | 'person' | 'refusal';
export type Outcome = 'approved' | 'declined' | 'referred';

/** What a drill does to the platform to take a rung away; `tools/drill/faults.ts` does it. */
export type FaultName = 'model-slow' | 'model-dead' | 'scorecard-damaged' | 'rules-damaged' | 'workflow-gone';

/** How a rung is drilled: what is broken, and which rungs have to be passed over for it, and why. */
export interface DrillPlan {
  readonly what: string;
  readonly faults: readonly FaultName[];
  readonly passesOver: Readonly<Partial<Record<AutomaticRung, readonly string[]>>>;
}

/** One rung of the ladder: what it may decide, how long it has, who hears of it, and how it is drilled. */
export interface Rung {
  readonly name: RungName;
  readonly what: string;
  /** Modes in which it is there. */
  readonly modes: readonly Mode[];
  readonly may: readonly Outcome[];
  /** Largest amount that it may approve, in US dollars; null is any. */
  readonly approveUpTo: number | null;
  readonly withinMs: number;
  /** The alarm that rings when it is used, or for the first one when it is not. */
  readonly alarm: string;
  readonly drill: DrillPlan;
}

/** From the best to the last. */
export const rungs = table.rungs as readonly Rung[];

const automatic: ReadonlySet<RungName> = new Set(['model', 'scorecard', 'rules'] satisfies AutomaticRung[]);

/** The rungs of a mode that decide by themselves, from the best on. */
export function automaticRungs(mode: Mode): readonly (Rung & { readonly name: AutomaticRung })[] {
  return rungs.filter(
    (rung): rung is Rung & { readonly name: AutomaticRung } => automatic.has(rung.name) && rung.modes.includes(mode),
  );
}

/** Whether a rung may decide so on a loan of this amount. */
export function mayDecide({ may, approveUpTo }: Rung, outcome: Outcome, amount: number): boolean {
  if (!may.includes(outcome)) return false;
  return outcome !== 'approved' || approveUpTo === null || amount <= approveUpTo;
}
