import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type AuditEntry, parseEntry } from '../entry.ts';

// What the log hashes. An entry of nobody in particular: 0x00, then its JSON in UTF-8. A sealed one: 0x01, the number
// of the key (16 bytes), a nonce (12), the compressed JSON under AES-256-GCM, its tag (16). The first 17 bytes are
// authenticated too. The log hashes the sealed form: a hash of the plain text would tell, for ever, who guesses it right.

const open = 0;
const sealed = 1;
const cipher = 'aes-256-gcm';
const [keyStart, nonceStart, bodyStart, tagBytes] = [1, 17, 29, 16];

/** A person's key. The number is random: it says nothing of the person. */
export interface SubjectKey {
  /** A UUID. */
  readonly id: string;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

/** The form of an entry that stays readable. */
export function openEnvelope(entry: AuditEntry): Uint8Array {
  return Buffer.concat([Uint8Array.of(open), Buffer.from(JSON.stringify(entry))]);
}

/** The form of an entry that can be read as long as its key is there. It is another each time. */
export function sealEnvelope(entry: AuditEntry, { id, secret }: SubjectKey): Uint8Array {
  const header = Buffer.concat([Uint8Array.of(sealed), Buffer.from(id.replaceAll('-', ''), 'hex')]);
  const nonce = randomBytes(bodyStart - nonceStart);
  const encryption = createCipheriv(cipher, secret, nonce).setAAD(header);
  const body = encryption.update(deflateRawSync(JSON.stringify(entry)));
  return Buffer.concat([header, nonce, body, encryption.final(), encryption.getAuthTag()]);
}

/** The number of the key that an envelope is sealed with, or undefined if it is readable. */
export function keyIdOf(envelope: Uint8Array): string | undefined {
  if (envelope[0] !== sealed) return undefined;
  const hex = Buffer.from(envelope.subarray(keyStart, nonceStart)).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * Reads an envelope.
 *
 * @param secret of the key that {@link keyIdOf} names; not needed for one that is readable
 * @throws Error if the envelope is of no known form, the key is another, or a byte was changed
 */
export function readEnvelope(envelope: Uint8Array, secret?: Uint8Array): AuditEntry {
  const bytes = Buffer.from(envelope);
  if (bytes[0] === open) return parseEntry(JSON.parse(bytes.subarray(1).toString()));
  if (bytes[0] !== sealed || bytes.length < bodyStart + tagBytes) {
    throw new Error(`the envelope begins with ${bytes[0]} and has ${bytes.length} bytes: its form is not known`);
  }
  if (!secret) throw new Error(`the envelope is sealed with the key ${keyIdOf(bytes)}, which is not given`);
  const decryption = createDecipheriv(cipher, secret, bytes.subarray(nonceStart, bodyStart))
    .setAAD(bytes.subarray(0, nonceStart))
    .setAuthTag(bytes.subarray(-tagBytes));
  const body = Buffer.concat([decryption.update(bytes.subarray(bodyStart, -tagBytes)), decryption.final()]);
  return parseEntry(JSON.parse(inflateRawSync(body).toString()));
}
