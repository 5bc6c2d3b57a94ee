import { randomUUID } from 'node:crypto';
import type { AuditWriter } from '../../lambdas/patterns/audit/append.ts';
import { eraseKey, forgetErasedKey, type SubjectKeyStore } from '../../lambdas/patterns/audit/seal/subject-keys.ts';
import type { Place, Removal } from './places.ts';

export interface Erasing {
  /** The person's pseudonym. */
  readonly subject: string;
  /** Who asked for it: a number of staff or a role. */
  readonly by: string;
  readonly places: readonly Place[];
  readonly subjectKeys: SubjectKeyStore;
  readonly appendEntry: AuditWriter;
  now(): Date;
}

/** What became of a person's data. */
export interface Erased {
  readonly at: string;
  /** Number of the key that sealed the person's audit entries, or undefined if there was none. */
  readonly key: string | undefined;
  readonly places: readonly ({ readonly name: string } & Removal)[];
}

/**
 * Erases a person: first the key, so that nothing more is sealed with it and what comes late is unreadable, then the
 * data place by place, then the entry that says so.
 *
 * It may be cut off anywhere and run again: the entry is the same as long as it is the same key.
 */
export async function erasePerson({ subject, by, places, subjectKeys, appendEntry, now }: Erasing): Promise<Erased> {
  const at = now().toISOString();
  const key = await eraseKey(subjectKeys, subject, at);
  const removed: Erased['places'][number][] = [];
  for (const { name, erase } of places) removed.push({ name, ...(await erase()) });
  const entry = {
    type: 'erasure',
    schemaVersion: 1,
    id: key ?? randomUUID(),
    at,
    by,
    key: key ?? null,
    removed: Object.fromEntries(removed.map((place) => [place.name, place.removed])),
  } as const;
  await appendEntry(entry, { signal: subjectKeys.signal });
  await forgetErasedKey(subjectKeys, subject);
  return { at, key, places: removed };
}
