import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import { equal } from './hash.ts';

// Signed notes, c2sp.org/signed-note, with the one signature type that KMS and every verifier of such logs have in
// common: Ed25519, type 0x01.

const ed25519 = 1;
/** What comes before the 32 bytes of an Ed25519 key in its SPKI form, RFC 8410. */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** A public key with its name: what a verifier trusts. */
export interface Verifier {
  readonly name: string;
  /** First four bytes of `SHA-256(name || "\n" || 0x01 || key)`. */
  readonly keyId: Uint8Array;
  readonly key: KeyObject;
}

/** A private key with its name, wherever it is. */
export interface Signer extends Pick<Verifier, 'name' | 'keyId'> {
  /** An Ed25519 signature of the text, 64 bytes. */
  sign(text: Uint8Array): Promise<Uint8Array>;
}

/** A note that can't be trusted: not of the form, or not signed by the key that was asked for. */
export class UntrustedNote extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'UntrustedNote';
  }
}

/** @param key 32 bytes @throws Error if the name has a space or a plus */
export function verifierOf(name: string, key: Uint8Array): Verifier {
  if (!/^[^\s+]+$/u.test(name)) throw new Error(`the key's name is ${JSON.stringify(name)}: leave out spaces and plus`);
  const id = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(ed25519), key]), 'buffer');
  const spki = Buffer.concat([spkiPrefix, key]);
  return { name, keyId: id.subarray(0, 4), key: createPublicKey({ key: spki, format: 'der', type: 'spki' }) };
}

/** The 32 bytes of an Ed25519 key in its SPKI form, as KMS gives it. @throws Error if it is another key */
export function keyOfSpki(spki: Uint8Array): Uint8Array {
  if (spki.length !== spkiPrefix.length + 32 || !equal(spki.subarray(0, spkiPrefix.length), spkiPrefix)) {
    throw new Error(`the public key has ${spki.length} bytes of DER: give that of an Ed25519 key`);
  }
  return spki.subarray(spkiPrefix.length);
}

/** A verifier as one line of text: `<name>+<key id>+<type and key>`. */
export function formatVerifier({ name, keyId, key }: Verifier): string {
  const typed = Buffer.concat([Uint8Array.of(ed25519), keyOfSpki(key.export({ format: 'der', type: 'spki' }))]);
  return `${name}+${Buffer.from(keyId).toString('hex')}+${typed.toString('base64')}`;
}

/** @throws Error if it is not the text of a verifier with an Ed25519 key */
export function parseVerifier(text: string): Verifier {
  const [, name = '', id = '', base64 = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim()) ?? [];
  const typed = Buffer.from(base64, 'base64');
  if (typed.length !== 33 || typed[0] !== ed25519) {
    throw new Error('the public key is not of the form <name>+<key id>+<base64> with an Ed25519 key');
  }
  const verifier = verifierOf(name, typed.subarray(1));
  if (Buffer.from(verifier.keyId).toString('hex') !== id) {
    throw new Error(`the public key's id is ${id}: it does not belong to the name ${name} and the key`);
  }
  return verifier;
}

/** Signs a text, which ends in a newline and has no other control characters. */
export async function signNote(text: string, signer: Signer): Promise<string> {
  if (!/^[^\p{Cc}]/u.test(text) || !text.endsWith('\n') || /[^\P{Cc}\n]/u.test(text)) {
    throw new Error('the text of a note ends in a newline and has no other control characters');
  }
  const signature = Buffer.concat([signer.keyId, await signer.sign(Buffer.from(text))]);
  return `${text}\n— ${signer.name} ${signature.toString('base64')}\n`;
}

/**
 * Opens a note: its text, if the verifier's key has signed it. Signatures of other keys are passed over.
 *
 * @throws UntrustedNote that says why
 */
export function openNote(note: string, verifier: Verifier): string {
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) throw new UntrustedNote('it has no text with signatures after an empty line');
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2, -1).split('\n');
  const own = lines
    .map(signatureOf)
    .filter(({ name, keyId }) => name === verifier.name && equal(keyId, verifier.keyId));
  if (own.length === 0) throw new UntrustedNote(`it is not signed by ${verifier.name}`);
  for (const { signature } of own) {
    if (!verify(null, Buffer.from(text), verifier.key, signature)) {
      throw new UntrustedNote(`the signature of ${verifier.name} is not of this text`);
    }
  }
  return text;
}

function signatureOf(line: string) {
  const [, name = '', base64 = ''] = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  // Any other spelling of the same bytes would be another note.
  if (bytes.length < 5 || bytes.toString('base64') !== base64)
    throw new UntrustedNote('it has a signature line that is none');
  return { name, keyId: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}
