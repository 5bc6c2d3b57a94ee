import { required, type Source } from '../patterns/environment/environment.ts';
import { parseModeAddress } from '../patterns/modes/address.ts';
import type { ModeAddress } from '../patterns/modes/modes.ts';

const names = ['KEPT_TABLE', 'MODES', 'STREAM_NAME'] as const;

/** What the handler needs from its construct. */
export type ResumeEnvironment = Readonly<Record<(typeof names)[number], string>>;

export interface ResumeSettings {
  readonly keptTable: string;
  readonly modes: ModeAddress;
  readonly streamName: string;
}

/** @throws Error that names the variable and the remedy */
export function parseEnvironment(source?: Source): ResumeSettings {
  const { KEPT_TABLE, MODES, STREAM_NAME } = required(names, source);
  return { keptTable: KEPT_TABLE, modes: parseModeAddress(MODES), streamName: STREAM_NAME };
}
