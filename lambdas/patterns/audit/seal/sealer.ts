import { limiter } from '../../concurrency/limiter.ts';
import { type AuditEntry, subjectOf } from '../entry.ts';
import { openEnvelope, type SubjectKey, sealEnvelope } from './envelope.ts';

/** Persons whose keys are asked for at a time. */
const keysAtATime = 32;

/**
 * Makes entries into what the log hashes. The key of a person is asked for once, and kept for as long as the sealer is:
 * one batch.
 */
export function sealer(
  keyToSeal: (subject: string, at: string) => Promise<SubjectKey>,
): (entry: AuditEntry) => Promise<Uint8Array> {
  const keys = new Map<string, Promise<SubjectKey>>();
  const inTurn = limiter(keysAtATime);
  return async (entry) => {
    const subject = subjectOf(entry);
    if (subject === undefined) return openEnvelope(entry);
    // The instant decides too: an entry from before an erasure has another key than one from after it.
    const person = `${entry.at} ${subject}`;
    const key = keys.get(person) ?? inTurn(() => keyToSeal(subject, entry.at));
    keys.set(person, key);
    return sealEnvelope(entry, await key);
  };
}
