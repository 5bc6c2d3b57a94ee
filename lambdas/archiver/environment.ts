import { required, type Source } from '../patterns/environment/environment.ts';

const names = ['ARCHIVE_BUCKET', 'PSEUDONYM_KEY_ID'] as const;

/** What the archiver needs from its construct. */
export type ArchiverEnvironment = Readonly<Record<(typeof names)[number], string>>;

/** @throws Error that lists what is missing */
export function parseEnvironment(source?: Source): ArchiverEnvironment {
  return required(names, source);
}
