import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openCheckpoint, signCheckpoint } from '../../../../lambdas/patterns/audit/tlog/checkpoint.ts';
import { leafHash } from '../../../../lambdas/patterns/audit/tlog/hash.ts';
import {
  formatVerifier,
  keyOfSpki,
  openNote,
  parseVerifier,
  signNote,
  UntrustedNote,
  verifierOf,
} from '../../../../lambdas/patterns/audit/tlog/note.ts';
import { checkReceipt, formatReceipt, parseReceipt } from '../../../../lambdas/patterns/audit/tlog/receipt.ts';
import { mth, path } from './oracle.ts';
import { testSigner } from './signer.ts';

const { signer, verifier } = testSigner();

// The example of the specification (c2sp.org/signed-note), whose key is not published: its form alone.
const published = `Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
`;

describe('a note', () => {
  test('is opened by the key that signed it, and by no other', async () => {
    const note = await signNote('one\n\ntwo\n', signer);
    expect(openNote(note, verifier)).toBe('one\n\ntwo\n');
    expect(() => openNote(note, testSigner('audit.example/trail', 2).verifier)).toThrow('it is not signed by');
    expect(() => openNote(note, testSigner('audit.example/other').verifier)).toThrow('it is not signed by');
    expect(() => openNote(published, verifier)).toThrow('it is not signed by audit.example/trail');
  });

  test('is not trusted with any character changed', async () => {
    const note = await signNote('audit.example/trail\n7\nroot\n', signer);
    fc.assert(
      fc.property(fc.nat({ max: note.length - 2 }), fc.constantFrom('x', ' ', '\n', '1'), (at, character) => {
        fc.pre(note[at] !== character);
        expect(() => openNote(note.slice(0, at) + character + note.slice(at + 1), verifier)).toThrow(UntrustedNote);
      }),
    );
  });

  test('may carry signatures of others', async () => {
    const note = await signNote('text\n', signer);
    const other = (await signNote('text\n', testSigner('witness.example').signer)).split('\n\n')[1];
    expect(openNote(`${note}${other}`, verifier)).toBe('text\n');
  });

  test('is not signed if it could be read as another', async () => {
    await expect(signNote('no newline', signer)).rejects.toThrow('ends in a newline');
    await expect(signNote('tab\there\n', signer)).rejects.toThrow('no other control characters');
  });
});

describe('a public key', () => {
  test('comes back from its line of text as it was', () => {
    const text = formatVerifier(verifier);
    expect(text).toMatch(/^audit\.example\/trail\+[0-9a-f]{8}\+AY/);
    expect(formatVerifier(parseVerifier(`${text}\n`))).toBe(text);
  });

  test('has the id that the specification defines', () => {
    const key = keyOfSpki(verifier.key.export({ format: 'der', type: 'spki' }));
    const hash = createHash('sha256').update('audit.example/trail\n\x01', 'latin1').update(key).digest();
    expect(Buffer.from(verifier.keyId)).toEqual(hash.subarray(0, 4));
  });

  test('is refused if it is another kind, or does not belong to its id', () => {
    const text = formatVerifier(verifier);
    expect(() => parseVerifier(text.replace(/\+[0-9a-f]{8}\+/, '+00000000+'))).toThrow("the public key's id");
    expect(() => parseVerifier(text.replace('+AY', '+Am'))).toThrow('with an Ed25519 key');
    expect(() => keyOfSpki(new Uint8Array(91))).toThrow('91 bytes of DER');
    expect(() => verifierOf('two words', new Uint8Array(32))).toThrow('leave out spaces and plus');
  });
});

describe('a checkpoint', () => {
  test('tells what was signed', async () => {
    const head = { size: 20_852_163, root: mth([]) };
    const note = await signCheckpoint(head, signer);
    expect(note.split('\n').slice(0, 2)).toEqual(['audit.example/trail', '20852163']);
    expect(openCheckpoint(note, verifier)).toEqual({ ...head, origin: 'audit.example/trail' });
  });

  test('is not trusted if it is of another log, or no tree head', async () => {
    const root = mth([]).toString('base64');
    const open = async (text: string) => openCheckpoint(await signNote(text, signer), verifier);
    await expect(open(`audit.example/other\n1\n${root}\n`)).rejects.toThrow('of the log audit.example/other');
    await expect(open(`audit.example/trail\n01\n${root}\n`)).rejects.toThrow('its size is not a number');
    await expect(open('audit.example/trail\n1\nAAAA\n')).rejects.toThrow('or its root no hash');
  });
});

describe('a receipt', () => {
  const data = Array.from({ length: 11 }, (_, i) => Buffer.from(`entry ${i}`));
  const make = async (index: number) => ({
    index,
    proof: path(index, data),
    entry: data[index] as Buffer,
    checkpoint: await signCheckpoint({ size: data.length, root: mth(data) }, signer),
  });

  test('comes back from its text, and proves its entry', async () => {
    for (const index of data.keys()) {
      const receipt = await make(index);
      expect(parseReceipt(formatReceipt(receipt))).toEqual(receipt);
      expect(checkReceipt(parseReceipt(formatReceipt(receipt)), verifier).size).toBe(11);
    }
  });

  test('proves no other entry, no other index, and nothing by another key', async () => {
    const receipt = await make(4);
    expect(() => checkReceipt({ ...receipt, entry: leafHash(receipt.entry) }, verifier)).toThrow(UntrustedNote);
    expect(() => checkReceipt({ ...receipt, index: 5 }, verifier)).toThrow('the proof does not lead');
    expect(() => checkReceipt(receipt, testSigner('audit.example/trail', 9).verifier)).toThrow('not signed by');
    expect(() => parseReceipt('index 1\n\n')).toThrow('not a receipt');
  });
});
