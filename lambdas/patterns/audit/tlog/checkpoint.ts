import { hashBytes } from './hash.ts';
import { openNote, type Signer, signNote, UntrustedNote, type Verifier } from './note.ts';
import type { TreeHead } from './proofs.ts';

/** What a log says of itself, and signs: c2sp.org/tlog-checkpoint. */
export interface Checkpoint extends TreeHead {
  /** The log's name. */
  readonly origin: string;
}

/** Signs a checkpoint. The name of the key is that of the log. */
export function signCheckpoint({ size, root }: TreeHead, signer: Signer): Promise<string> {
  return signNote(`${signer.name}\n${size}\n${Buffer.from(root).toString('base64')}\n`, signer);
}

/**
 * Reads a checkpoint that the log with the verifier's name has signed.
 *
 * @throws UntrustedNote that says why it can't be trusted
 */
export function openCheckpoint(note: string, verifier: Verifier): Checkpoint {
  const [origin, size = '', root = ''] = openNote(note, verifier).split('\n');
  if (origin !== verifier.name) throw new UntrustedNote(`it is of the log ${origin}, not of ${verifier.name}`);
  const hash = Buffer.from(root, 'base64');
  if (!/^(0|[1-9]\d*)$/.test(size) || !Number.isSafeInteger(Number(size)) || hash.length !== hashBytes) {
    throw new UntrustedNote('its size is not a number, or its root no hash');
  }
  return { origin, size: Number(size), root: hash };
}
