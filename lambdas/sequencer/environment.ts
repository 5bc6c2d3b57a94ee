import { required, type Source } from '../patterns/environment/environment.ts';

const names = [
  'AUDIT_BUCKET',
  'LEDGER_TABLE',
  'SUBJECT_KEYS_TABLE',
  'WRAPPING_KEY_ID',
  'SIGNING_KEY_ID',
  'LOG_ORIGIN',
  'DEAD_LETTERS_URL',
] as const;

/** What the sequencer needs from its construct. */
export type SequencerEnvironment = Readonly<Record<(typeof names)[number], string>>;

/** The sequencer's environment. */
export interface SequencerSettings {
  readonly bucket: string;
  readonly ledgerTable: string;
  readonly subjectKeysTable: string;
  readonly wrappingKeyId: string;
  readonly signingKeyId: string;
  /** The log's name, in its checkpoints. */
  readonly origin: string;
  readonly deadLettersUrl: string;
}

/** @throws Error that lists every variable that is missing */
export function parseEnvironment(source?: Source): SequencerSettings {
  const environment = required(names, source);
  return {
    bucket: environment.AUDIT_BUCKET,
    ledgerTable: environment.LEDGER_TABLE,
    subjectKeysTable: environment.SUBJECT_KEYS_TABLE,
    wrappingKeyId: environment.WRAPPING_KEY_ID,
    signingKeyId: environment.SIGNING_KEY_ID,
    origin: environment.LOG_ORIGIN,
    deadLettersUrl: environment.DEAD_LETTERS_URL,
  };
}
