/** What becomes of a record that failed. */
export type PoisonAction =
  /** It is delivered again, alone: the reason will pass. */
  | 'retry'
  /** It goes whole to the failure bucket, and the stream goes on: no retry will mend it. */
  | 'quarantine'
  /** It is delivered again; if several of a batch fail so, no further record of the batch is begun. */
  | 'stop';

interface Handling {
  readonly action: PoisonAction;
  /** What a record of the class is. */
  readonly meaning: string;
}

/** Every way in which a record can fail, and what becomes of it. */
export const poisonClasses = {
  malformed: { action: 'quarantine', meaning: 'it is not JSON in UTF-8' },
  'schema-invalid': { action: 'quarantine', meaning: 'it is JSON, and not what the schema asks for' },
  oversized: { action: 'quarantine', meaning: 'it is larger than any application can be' },
  'policy-blocked': { action: 'quarantine', meaning: 'it is in order, and a policy does not let it be decided' },
  transient: { action: 'retry', meaning: 'what it needs is busy, away or out of time' },
  unknown: {
    action: 'stop',
    meaning: 'it failed for a reason that is no property of the record, or that nobody foresaw',
  },
} as const satisfies Readonly<Record<string, Handling>>;

export type PoisonClass = keyof typeof poisonClasses;

/** The classes whose records are kept in the failure bucket. */
export type QuarantineClass = {
  [Name in PoisonClass]: (typeof poisonClasses)[Name]['action'] extends 'quarantine' ? Name : never;
}[PoisonClass];
