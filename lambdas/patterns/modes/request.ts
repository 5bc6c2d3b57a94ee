import * as v from 'valibot';
import { Refusal } from '../http/answer.ts';
import { type ModeDocument, modes } from './mode.ts';

/** The present mode as the console shows it. */
export interface ModeView extends Omit<ModeDocument, 'mode' | 'at'> {
  /** `unknown` where instances are given something that is no mode: people decide then. */
  readonly mode: ModeDocument['mode'] | 'unknown';
  /** When it was set; null for the mode that came with the platform's deployment. */
  readonly at: string | null;
  /** Whether whoever asks may switch it. */
  readonly maySwitch: boolean;
}

export function viewOf(present: ModeDocument | undefined, maySwitch: boolean): ModeView {
  if (!present) return { mode: 'unknown', reason: '', by: '', at: null, maySwitch };
  return { ...present, at: present.at ?? null, maySwitch };
}

/** Longest reason: it is read in one look by whoever has to end the mode. */
export const longestReason = 500;

// The message of a check is the remedy.
const reason = v.pipe(
  v.string('give a string'),
  v.trim(),
  v.minLength(1, 'say why'),
  v.maxLength(longestReason, `give at most ${longestReason} characters`),
);
const wanted = v.strictObject({
  mode: v.picklist(modes, `give one of ${modes.join(', ')}`),
  from: v.picklist([...modes, 'unknown'], 'give the mode that you saw'),
  reason,
});

/** A switch that somebody asks for: to what, why, and from which mode they believe it to be. */
export type WantedSwitch = v.InferOutput<typeof wanted>;

/** @throws Refusal 400 that names the fields at fault */
export function wantedSwitch(document: unknown): WantedSwitch {
  const { success, output, issues } = v.safeParse(wanted, document);
  if (success) return output;
  const fields = issues.map((issue) => {
    return { field: v.getDotPath(issue) ?? '(body)', problem: 'is not right', remedy: issue.message };
  });
  throw new Refusal(400, 'invalid', fields);
}
