import { isDeepStrictEqual } from 'node:util';
import type { Evidence } from '../drift/evidence.ts';
import { monthName } from '../drift/outcomes.ts';
import { type Mode, type ModeDocument, modes } from '../modes/mode.ts';
import type { Ring } from './state.ts';

/** What the mode can be switched to when outcomes ring. */
export type ModeOnRing = Extract<Mode, 'degraded' | 'manual'>;

/** Where the mode can't be read, people decide. */
const whereUnknown: Mode = 'manual';

/** Whether a mode lets more be decided without people than another one. */
export function isLessStrict(present: ModeDocument | undefined, than: Mode): boolean {
  return modes.indexOf(present?.mode ?? whereUnknown) < modes.indexOf(than);
}

/**
 * Whether somebody has answered a ring: let more be decided without people than it had switched to. The mode that held
 * before, come back as it was, is no answer: AppConfig has rolled the switch back.
 */
export function isAnswered({ before }: Ring, present: ModeDocument | undefined, onRing: ModeOnRing): boolean {
  return isLessStrict(present, onRing) && !isDeepStrictEqual(present ?? null, before);
}

/** The first month of the evidence that rang, with all that was gathered up to it. */
export function ringOf(evidence: readonly Evidence[], present: ModeDocument | undefined): Ring | undefined {
  const at = evidence.findIndex(({ rings }) => rings);
  const until = evidence.slice(0, at + 1);
  const last = until.at(-1);
  if (!last) return undefined;
  return {
    month: monthName(last.month),
    observed: until.reduce((total, { observed }) => total + observed, 0),
    expected: until.reduce((total, { expected }) => total + expected, 0),
    before: present ?? null,
  };
}

/** Why the mode is switched, as the audit trail has it. */
export function reasonOf({ month, observed, expected }: Ring): string {
  return (
    `outcomes-ring at the end of ${month}: ${observed} loans that the model approved defaulted where ` +
    `${expected.toFixed(1)} were to be expected; see docs/runbooks/drift.md`
  );
}
