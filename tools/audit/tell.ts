import { openCheckpoint } from '../../lambdas/patterns/audit/tlog/checkpoint.ts';
import type { Verifier } from '../../lambdas/patterns/audit/tlog/note.ts';
import { isConsistent } from '../../lambdas/patterns/audit/tlog/proofs.ts';
import { proveConsistency } from '../../lambdas/patterns/audit/verify/prove.ts';
import type { LogSource } from '../../lambdas/patterns/audit/verify/source.ts';
import type { Verdict } from '../../lambdas/patterns/audit/verify/verify.ts';

/** Prints a verdict. @returns the exit code: 0 only if nothing was found */
export function tellVerdict({ checkpoint, checkpoints, entries, findings }: Verdict): number {
  for (const { kind, where, what } of findings) console.log(`WRONG  ${kind}: ${where}: ${what}`);
  if (!checkpoint) {
    console.log('NOT VERIFIED: there is no checkpoint that the key has signed');
    return 1;
  }
  const of = `${checkpoint.origin}: ${entries} of ${checkpoint.size} entries, ${checkpoints} signed checkpoints`;
  console.log(findings.length === 0 ? `VERIFIED  ${of}` : `NOT VERIFIED  ${of}, ${findings.length} findings`);
  return findings.length === 0 ? 0 : 1;
}

/**
 * Tells whether a log grew out of what it was at an earlier checkpoint, by a proof from its tiles.
 *
 * @returns the exit code: 0 only if it did
 * @throws UntrustedNote if the key has not signed both checkpoints
 */
export async function tellConsistency(
  source: LogSource,
  verifier: Verifier,
  notes: { readonly from: string; readonly to: string },
): Promise<number> {
  const [from, to] = [openCheckpoint(notes.from, verifier), openCheckpoint(notes.to, verifier)];
  const provable = from.size > 0 && from.size <= to.size;
  const proof = provable ? await proveConsistency(source, from.size, to.size) : [];
  const consistent = provable ? isConsistent(from, to, proof) : from.size === 0;
  const of = `the log of ${to.size} entries and its checkpoint of ${from.size}`;
  console.log(consistent ? `CONSISTENT  ${of}, by ${proof.length} hashes` : `WRONG  ${of} contradict each other`);
  return consistent ? 0 : 1;
}
