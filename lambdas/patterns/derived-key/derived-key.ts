import { GenerateMacCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { Deadline } from '../resilience/deadline.ts';

/**
 * An HMAC key for one purpose: a MAC that KMS makes with a key that never leaves it. One call to KMS serves the whole
 * life of a container, and only who may use that KMS key can make the key again.
 *
 * @param label names the purpose and its version, such as `pseudonym/loan-applicant/v1`
 */
export async function derivedKey(
  kms: KMSClient,
  keyId: string,
  label: string,
  { signal }: Pick<Deadline, 'signal'>,
): Promise<Uint8Array> {
  const { Mac: key } = await kms.send(
    new GenerateMacCommand({
      KeyId: keyId,
      MacAlgorithm: 'HMAC_SHA_256',
      Message: new TextEncoder().encode(`seaworthy/${label}`),
    }),
    { abortSignal: signal },
  );
  if (!key) throw new Error(`KMS answered without a MAC for ${label}`);
  return key;
}

/** Keeps what is made once. A failure is not kept: the next who asks makes it anew. */
export function once<Made>(make: (deadline: Deadline) => Promise<Made>): (deadline: Deadline) => Promise<Made> {
  let made: Promise<Made> | undefined;
  return (deadline) => {
    made ??= make(deadline).catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
