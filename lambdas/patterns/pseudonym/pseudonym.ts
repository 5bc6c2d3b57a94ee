import { createHmac } from 'node:crypto';
import type { KMSClient } from '@aws-sdk/client-kms';
import { derivedKey } from '../derived-key/derived-key.ts';
import type { Deadline } from '../resilience/deadline.ts';

/** Turns a direct identifier into a pseudonym: 43 characters of base64url. */
export type Pseudonymiser = (identifier: string) => string;

/** A pseudonymiser for one purpose. Pseudonyms of different purposes can't be joined. */
export async function pseudonymiser(
  kms: KMSClient,
  keyId: string,
  purpose: string,
  deadline: Deadline,
): Promise<Pseudonymiser> {
  const key = await derivedKey(kms, keyId, `pseudonym/${purpose}/v1`, deadline);
  return (identifier) => createHmac('sha256', key).update(normalised(identifier)).digest('base64url');
}

/** The same person written differently (case, accents' encoding, runs of spaces) gets the same pseudonym. */
function normalised(identifier: string): string {
  return identifier.normalize('NFKC').toUpperCase().replaceAll(/\s+/g, ' ').trim();
}
