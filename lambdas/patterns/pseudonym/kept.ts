import type { KMSClient } from '@aws-sdk/client-kms';
import type { Deadline } from '../resilience/deadline.ts';
import { type Pseudonymiser, pseudonymiser } from './pseudonym.ts';

/**
 * The pseudonymiser of a container, made at its first use. A failure is not kept: the next use asks KMS again.
 *
 * @param purpose pseudonyms of different purposes can't be joined
 */
export function keptPseudonymiser(
  kms: KMSClient,
  keyId: string,
  purpose: string,
): (deadline: Deadline) => Promise<Pseudonymiser> {
  let kept: Promise<Pseudonymiser> | undefined;
  return (deadline) => {
    kept ??= pseudonymiser(kms, keyId, purpose, deadline).catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
}
