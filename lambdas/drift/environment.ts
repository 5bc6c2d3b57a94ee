import type { ModeOnRing } from '../patterns/drift-monitor/answer.ts';
import { numberWithin, required, type Source } from '../patterns/environment/environment.ts';
import { parseModeAddress, parseModeStrategies } from '../patterns/modes/address.ts';
import type { SwitchModeOptions } from '../patterns/modes/switch-mode.ts';

const names = [
  'DECISIONS_TABLE',
  'OUTCOMES_TABLE',
  'STATE_TABLE',
  'MODEL_REGISTRY',
  'MODES',
  'MODE_STRATEGIES',
  'AUDIT_QUEUE_URL',
  'ON_RING',
  'COST_RATIO',
] as const;

/** What the drift handler needs from its construct. */
export type DriftEnvironment = Readonly<Record<(typeof names)[number], string>>;

/** The same, parsed and in range. */
export interface DriftSettings extends Pick<SwitchModeOptions, 'address' | 'atOnce' | 'watched'> {
  readonly decisionsTable: string;
  readonly outcomesTable: string;
  readonly stateTable: string;
  /** `s3://bucket/prefix`. */
  readonly modelRegistry: URL;
  readonly auditQueueUrl: string;
  readonly onRing: ModeOnRing;
  /** Cost of a bad loan accepted over the cost of a good one refused. */
  readonly costRatio: number;
}

/** @throws Error that names the variable and the remedy */
export function parseEnvironment(source?: Source): DriftSettings {
  const environment = required(names, source);
  return {
    decisionsTable: environment.DECISIONS_TABLE,
    outcomesTable: environment.OUTCOMES_TABLE,
    stateTable: environment.STATE_TABLE,
    modelRegistry: new URL(environment.MODEL_REGISTRY),
    address: parseModeAddress(environment.MODES),
    ...parseModeStrategies(environment.MODE_STRATEGIES),
    auditQueueUrl: environment.AUDIT_QUEUE_URL,
    onRing: onRingOf(environment.ON_RING),
    costRatio: numberWithin('COST_RATIO', environment.COST_RATIO, 0.01, 1000),
  };
}

function onRingOf(value: string): ModeOnRing {
  if (value === 'degraded' || value === 'manual') return value;
  throw new Error(`ON_RING is ${JSON.stringify(value)}: set it to degraded or manual`);
}
