import table from '../../../schemas/rungs.json' with { type: 'json' };
import type { Mode } from '../modes/mode.ts';

/** A rung that decides by itself. */
export type AutomaticRung = 'model' | 'scorecard' | 'rules';
export type RungName = AutomaticRung | 'person' | 'refusal';
export type Outcome = 'approved' | 'declined' | 'referred';

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
  readonly drill: string;
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
