import specification from '../../../schemas/archive.json' with { type: 'json' };
import type { Pseudonymiser } from '../pseudonym/pseudonym.ts';
import type { Received } from '../record/record.ts';
import type { Origin } from '../stream/stream-record.ts';

/** A row of the archive, by column. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** The archive's row of a record: the columns that `schemas/archive.json` names, and nothing else of it. */
export function rowOf({ application, receivedAt }: Received, origin: Origin, pseudonym: Pseudonymiser): Row {
  const fields: Row = {
    ...application,
    receivedAt,
    pseudonym: pseudonym(application.applicantName),
    'origin.partition': origin.partition,
    'origin.position': origin.position,
    'origin.arrivedAt': origin.arrivedAt,
  };
  return Object.fromEntries(specification.columns.map(({ name, from }) => [name, fields[from] ?? null]));
}
