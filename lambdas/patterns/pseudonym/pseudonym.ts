import { createHmac } from 'node:crypto';
import { GenerateMacCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { Deadline } from '../resilience/deadline.ts';

/** Turns a direct identifier into a pseudonym: 43 characters of base64url. */
export type Pseudonymiser = (identifier: string) => string;

/**
 * A pseudonymiser for one purpose. Pseudonyms of different purposes can't be joined.
 *
 * The HMAC key of the purpose is itself a MAC that KMS makes with a key that never leaves it, so one call to KMS
 * serves the whole life of a container, and only who may use that KMS key can recompute a pseudonym.
 */
export async function pseudonymiser(
  kms: KMSClient,
  keyId: string,
  purpose: string,
  { signal }: Deadline,
): Promise<Pseudonymiser> {
  const { Mac: key } = await kms.send(
    new GenerateMacCommand({
      KeyId: keyId,
      MacAlgorithm: 'HMAC_SHA_256',
      Message: new TextEncoder().encode(`seaworthy/pseudonym/${purpose}/v1`),
    }),
    { abortSignal: signal },
  );
  if (!key) throw new Error(`KMS answered without a MAC for the purpose ${purpose}`);
  return (identifier) => createHmac('sha256', key).update(normalised(identifier)).digest('base64url');
}

/** The same person written differently (case, accents' encoding, runs of spaces) gets the same pseudonym. */
function normalised(identifier: string): string {
  return identifier.normalize('NFKC').toUpperCase().replaceAll(/\s+/g, ' ').trim();
}
