import type { AuditEntry } from '../entry.ts';
import type { PositionStore } from '../log/store.ts';
import { keyIdOf, readEnvelope } from '../seal/envelope.ts';
import { KeyErased, keyToOpen, type SubjectKeyStore } from '../seal/subject-keys.ts';
import { openCheckpoint } from '../tlog/checkpoint.ts';
import type { Verifier } from '../tlog/note.ts';
import { checkReceipt, type Receipt } from '../tlog/receipt.ts';
import { checkpointPath } from '../tlog/tiles.ts';
import { readEntry } from './entries.ts';
import { proveInclusion } from './prove.ts';
import type { LogSource } from './source.ts';

/** An audit trail, as whoever may read it sees it. */
export interface Trail {
  readonly source: LogSource;
  readonly verifier: Verifier;
  readonly positions: PositionStore;
  readonly subjectKeys: SubjectKeyStore;
}

/** An entry whose place in the log is proven. */
export interface Proven {
  readonly name: string;
  readonly receipt: Receipt;
  /** Undefined if the person's key is erased: it is in the log, and nobody can read it. */
  readonly entry: AuditEntry | undefined;
}

/**
 * Reads entries by their names, and proves each. Those that the log does not have are left out.
 *
 * @throws UntrustedNote if the log does not prove an entry that it is said to have
 */
export async function prove(
  { source, verifier, positions, subjectKeys }: Trail,
  names: readonly string[],
): Promise<Proven[]> {
  const note = Buffer.from((await source.read(checkpointPath)) ?? []).toString();
  const { size } = openCheckpoint(note, verifier);
  const one = async ([name, index]: readonly [string, number]): Promise<Proven> => {
    const [envelope, proof] = await Promise.all([readEntry(source, index, size), proveInclusion(source, index, size)]);
    const receipt = { index, entry: envelope, proof, checkpoint: note };
    checkReceipt(receipt, verifier);
    return { name, receipt, entry: await open(subjectKeys, envelope) };
  };
  return Promise.all([...(await positions.find(names))].map(one));
}

async function open(subjectKeys: SubjectKeyStore, envelope: Uint8Array): Promise<AuditEntry | undefined> {
  const key = keyIdOf(envelope);
  if (key === undefined) return readEnvelope(envelope);
  try {
    return readEnvelope(envelope, (await keyToOpen(subjectKeys, key)).secret);
  } catch (error) {
    if (error instanceof KeyErased) return undefined;
    throw error;
  }
}
