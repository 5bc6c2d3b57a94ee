import { numberWithin, required, type Source } from '../environment/environment.ts';
import { parseModeAddress } from '../modes/address.ts';
import type { ModeAddress } from '../modes/modes.ts';

const names = [
  'DECISIONS_TABLE',
  'KEPT_TABLE',
  'BREAKERS_TABLE',
  'AUDIT_QUEUE_URL',
  'MODEL_URL',
  'MODEL_REGISTRY',
  'MODES',
  'PSEUDONYM_KEY_ID',
  'COST_RATIO',
  'REFER_MARGIN',
] as const;

/** What whoever decides needs from its construct. */
export type DecisionEnvironment = Readonly<Record<(typeof names)[number], string>>;

/** The same, parsed and in range. */
export interface DecisionSettings {
  readonly decisionsTable: string;
  readonly keptTable: string;
  readonly breakersTable: string;
  readonly auditQueueUrl: string;
  readonly modelUrl: URL;
  /** `s3://bucket/prefix`. */
  readonly modelRegistry: URL;
  readonly modes: ModeAddress;
  readonly pseudonymKeyId: string;
  /** Cost of a bad loan accepted over the cost of a good one refused. */
  readonly costRatio: number;
  /** Half the width, in probability, of the band around the threshold that goes to a person. */
  readonly referMargin: number;
}

/** @throws Error that names the variable and the remedy */
export function parseDecisionEnvironment(source?: Source): DecisionSettings {
  const environment = required(names, source);
  return {
    decisionsTable: environment.DECISIONS_TABLE,
    keptTable: environment.KEPT_TABLE,
    breakersTable: environment.BREAKERS_TABLE,
    auditQueueUrl: environment.AUDIT_QUEUE_URL,
    modelUrl: urlOf('MODEL_URL', environment.MODEL_URL, /^https?:$/, 'an http or https address'),
    modelRegistry: urlOf('MODEL_REGISTRY', environment.MODEL_REGISTRY, /^s3:$/, 's3://bucket/prefix'),
    modes: parseModeAddress(environment.MODES),
    pseudonymKeyId: environment.PSEUDONYM_KEY_ID,
    costRatio: numberWithin('COST_RATIO', environment.COST_RATIO, 0.01, 1000),
    referMargin: numberWithin('REFER_MARGIN', environment.REFER_MARGIN, 0, 0.5),
  };
}

function urlOf(name: string, value: string, protocol: RegExp, form: string): URL {
  const url = URL.parse(value);
  if (url && protocol.test(url.protocol)) return url;
  throw new Error(`${name} is ${JSON.stringify(value)}: set it to ${form}`);
}
