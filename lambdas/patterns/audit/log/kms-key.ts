import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { keyOfSpki, type Verifier, verifierOf } from '../tlog/note.ts';
import type { LogKey } from './publish.ts';

/**
 * The public half of the log's key, from KMS.
 *
 * @param origin name of the log, which is that of its key
 */
export async function kmsVerifier(
  kms: KMSClient,
  keyId: string,
  origin: string,
  signal: AbortSignal,
): Promise<Verifier> {
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: keyId }), { abortSignal: signal });
  if (!PublicKey) throw new Error(`KMS has no public key of ${keyId}: it has to be an Ed25519 key`);
  return verifierOf(origin, keyOfSpki(PublicKey));
}

/** A key of the log whose private half never leaves KMS. */
export function kmsKey(kms: KMSClient, keyId: string, verifier: Verifier, signal: AbortSignal): LogKey {
  const sign = async (text: Uint8Array): Promise<Uint8Array> => {
    const { Signature } = await kms.send(
      new SignCommand({ KeyId: keyId, Message: text, MessageType: 'RAW', SigningAlgorithm: 'ED25519_SHA_512' }),
      { abortSignal: signal },
    );
    if (!Signature) throw new Error(`KMS answered without a signature by ${keyId}`);
    return Signature;
  };
  return { verifier, signer: { ...verifier, sign } };
}
