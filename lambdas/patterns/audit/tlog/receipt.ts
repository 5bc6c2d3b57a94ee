import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { equal, type Hash, hashBytes, leafHash } from './hash.ts';
import { UntrustedNote, type Verifier } from './note.ts';
import { rootFromInclusion } from './proofs.ts';

const header = 'c2sp.org/tlog-proof@v1';

/** What proves, with the log's public key and nothing else, that an entry is in the log: c2sp.org/tlog-proof. */
export interface Receipt {
  readonly index: number;
  readonly proof: readonly Hash[];
  /** The signed checkpoint that the proof leads to. */
  readonly checkpoint: string;
  /** The entry as it is in the log, sealed. */
  readonly entry: Uint8Array;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

export function formatReceipt({ index, proof, checkpoint, entry }: Receipt): string {
  return [header, `extra ${base64(entry)}`, `index ${index}`, ...proof.map(base64), '', checkpoint].join('\n');
}

/** @throws Error if the text is not a receipt with its entry */
export function parseReceipt(text: string): Receipt {
  const split = text.indexOf('\n\n');
  const [first, extra = '', index = '', ...proof] = text.slice(0, Math.max(0, split)).split('\n');
  const entry = /^extra ([A-Za-z0-9+/]+={0,2})$/.exec(extra)?.[1];
  const position = /^index (0|[1-9]\d*)$/.exec(index)?.[1];
  const hashes = proof.map((line) => Buffer.from(line, 'base64'));
  if (first !== header || !entry || !position || hashes.some(({ length }) => length !== hashBytes)) {
    throw new Error(`not a receipt: its lines are ${header}, extra, index, hashes, an empty one and a checkpoint`);
  }
  return {
    index: Number(position),
    proof: hashes,
    checkpoint: text.slice(split + 2),
    entry: Buffer.from(entry, 'base64'),
  };
}

/**
 * Checks a receipt.
 *
 * @returns the checkpoint that it was made for
 * @throws UntrustedNote if the checkpoint is not the log's, or the proof does not lead from the entry to it
 */
export function checkReceipt(receipt: Receipt, verifier: Verifier): Checkpoint {
  const checkpoint = openCheckpoint(receipt.checkpoint, verifier);
  const root = rootFromInclusion(leafHash(receipt.entry), receipt.index, checkpoint.size, receipt.proof);
  if (root && equal(root, checkpoint.root)) return checkpoint;
  throw new UntrustedNote(`the proof does not lead from the entry at ${receipt.index} to the checkpoint's root`);
}
