// Checks a receipt of the audit trail (c2sp.org/tlog-proof) in the browser, by the Web Crypto API and nothing of the
// service's: the log's public key came with the page.

/** Where an entry is, and what the log had signed by then. */
export interface Place {
  readonly index: number;
  /** Entries of the tree that the checkpoint is of. */
  readonly size: number;
  /** The tree's root, in hex. */
  readonly root: string;
}

/** The receipt does not prove the entry; the message says why. */
export class NotProven extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'NotProven';
  }
}

type Bytes = Uint8Array<ArrayBuffer>;

const header = 'c2sp.org/tlog-proof@v1';
const ed25519 = 1;
const utf8 = new TextEncoder();

/**
 * @param publicKey the log's, as `<name>+<key id>+<base64>` (c2sp.org/signed-note)
 * @throws NotProven unless the key has signed a tree that has the entry at its index
 */
export async function verifyReceipt(receipt: string, publicKey: string): Promise<Place> {
  const split = receipt.indexOf('\n\n');
  const [first, extra, position, ...proof] = receipt.slice(0, Math.max(0, split)).split('\n');
  const entry = /^extra (\S+)$/.exec(extra ?? '')?.[1];
  const index = Number(/^index (0|[1-9]\d*)$/.exec(position ?? '')?.[1] ?? Number.NaN);
  if (first !== header || entry === undefined || Number.isNaN(index)) throw new NotProven('it is no receipt');
  const { size, root } = await openCheckpoint(receipt.slice(split + 2), publicKey);
  const leaf = await sha256(Uint8Array.of(0), bytesOf(entry));
  const reached = await rootFrom(leaf, index, size, proof.map(bytesOf));
  if (!reached || hex(reached) !== hex(root)) throw new NotProven('the entry is not in the tree that the log signed');
  return { index, size, root: hex(root) };
}

/** The signed size and root: a note of three lines, an empty one, and signatures. */
async function openCheckpoint(note: string, publicKey: string) {
  const [, name = '', id = '', typed = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(publicKey) ?? [];
  const key = bytesOf(typed);
  const split = note.lastIndexOf('\n\n');
  const text = note.slice(0, split + 1);
  const signature = signaturesOf(note.slice(split + 2)).get(name);
  if (split < 0 || key[0] !== ed25519 || !signature || hex(signature.subarray(0, 4)) !== id)
    throw new NotProven(`the checkpoint is not signed by ${name}`);
  if (!(await isSigned(utf8.encode(text), signature.subarray(4), key.subarray(1)))) {
    throw new NotProven(`the checkpoint’s signature is not that of ${name}`);
  }
  const [origin, size, root = ''] = text.split('\n');
  if (origin !== name) throw new NotProven(`the checkpoint is of the log ${origin}`);
  return { size: Number(size), root: bytesOf(root) };
}

/** Signatures by the name of their key; the first four bytes of each are the key's number. */
function signaturesOf(lines: string): Map<string, Bytes> {
  const found = lines.matchAll(/^— (\S+) (\S+)$/gmu);
  return new Map([...found].map(([, name = '', base64 = '']) => [name, bytesOf(base64)]));
}

async function isSigned(text: Bytes, signature: Bytes, key: Bytes): Promise<boolean> {
  const imported = await crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify']);
  return crypto.subtle.verify('Ed25519', imported, signature, text);
}

/** The root that an inclusion proof leads to, RFC 9162, 2.1.3.2, or undefined if the proof has not the right length. */
async function rootFrom(leaf: Bytes, index: number, size: number, proof: readonly Bytes[]): Promise<Bytes | undefined> {
  if (index >= size) return undefined;
  let [first, last, root] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return undefined;
    if (first % 2 === 1 || first === last) {
      root = await node(sibling, root);
      while (first % 2 === 0 && first !== 0) [first, last] = [half(first), half(last)];
    } else {
      root = await node(root, sibling);
    }
    [first, last] = [half(first), half(last)];
  }
  return last === 0 ? root : undefined;
}

const half = (value: number) => Math.floor(value / 2);
const node = (left: Bytes, right: Bytes) => sha256(Uint8Array.of(1), left, right);

async function sha256(...parts: readonly Bytes[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', await new Blob([...parts]).arrayBuffer()));
}

/** @throws NotProven if the text is no base64 */
function bytesOf(base64: string): Bytes {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    throw new NotProven('it has a line that is no base64');
  }
}

function hex(bytes: Bytes): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
