import { required, type Source } from '../patterns/environment/environment.ts';
import { parseModeAddress, parseModeStrategies } from '../patterns/modes/address.ts';
import type { ModeAddress } from '../patterns/modes/modes.ts';

const names = ['MODES', 'MODE_STRATEGIES', 'SWITCH_GROUP', 'AUDIT_QUEUE_URL'] as const;

/** What the mode handler needs from its construct. */
export type ModeEnvironment = Readonly<Record<(typeof names)[number], string>>;

/** The same, its ids taken apart. */
export interface ModeSettings {
  readonly address: ModeAddress;
  readonly atOnce: string;
  readonly watched: string;
  /** Members may switch the mode. */
  readonly switchGroup: string;
  readonly auditQueueUrl: string;
}

/** @throws Error that names the variable and the remedy */
export function parseEnvironment(source?: Source): ModeSettings {
  const environment = required(names, source);
  return {
    address: parseModeAddress(environment.MODES),
    ...parseModeStrategies(environment.MODE_STRATEGIES),
    switchGroup: environment.SWITCH_GROUP,
    auditQueueUrl: environment.AUDIT_QUEUE_URL,
  };
}
