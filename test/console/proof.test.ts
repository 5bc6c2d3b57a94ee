import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verifyReceipt } from '../../console/src/proof.ts';
import { formatVerifier } from '../../lambdas/patterns/audit/tlog/note.ts';
import { formatReceipt, parseReceipt } from '../../lambdas/patterns/audit/tlog/receipt.ts';
import { checkpointPath } from '../../lambdas/patterns/audit/tlog/tiles.ts';
import { readEntry } from '../../lambdas/patterns/audit/verify/entries.ts';
import { proveInclusion } from '../../lambdas/patterns/audit/verify/prove.ts';
import { testSigner } from '../lambdas/audit/tlog/signer.ts';
import { key, logOf, sourceOf } from '../lambdas/audit/verify/logs.ts';

const publicKey = formatVerifier(key.verifier);

async function receiptOf(size: number, index: number): Promise<string> {
  const files = await logOf([size]);
  const source = sourceOf(files);
  const [entry, proof] = await Promise.all([readEntry(source, index, size), proveInclusion(source, index, size)]);
  const checkpoint = Buffer.from(files.get(checkpointPath) as Uint8Array).toString();
  return formatReceipt({ index, entry, proof, checkpoint });
}

test('the browser finds every entry of logs of every size where it is', async () => {
  const anyPlace = fc.integer({ min: 1, max: 600 }).chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)));
  await fc.assert(
    fc.asyncProperty(anyPlace, async ([size, index]) => {
      expect(await verifyReceipt(await receiptOf(size, index), publicKey)).toMatchObject({ index, size });
    }),
    { numRuns: 50 },
  );
});

test('a character that is changed anywhere is found, and nothing else than a lack of proof comes of it', async () => {
  const receipt = await receiptOf(300, 77);
  await fc.assert(
    fc.asyncProperty(fc.nat(receipt.length - 1), fc.constantFrom('A', 'z', '7', '\n'), async (at, other) => {
      const changed = receipt.slice(0, at) + other + receipt.slice(at + 1);
      fc.pre(changed !== receipt && !saysTheSame(changed, receipt));
      await expect(verifyReceipt(changed, publicKey)).rejects.toHaveProperty('name', 'NotProven');
    }),
    { numRuns: 300 },
  );
});

/** The last bits of base64 may be spelt in several ways. */
function saysTheSame(one: string, other: string): boolean {
  try {
    const [a, b] = [parseReceipt(one), parseReceipt(other)];
    return (
      formatReceipt({ ...a, checkpoint: '' }) === formatReceipt({ ...b, checkpoint: '' }) &&
      sameBytes(a.checkpoint, b.checkpoint)
    );
  } catch {
    return false;
  }
}

const sameBytes = (one: string, other: string) =>
  Buffer.from(one.split(' ').at(-1) ?? '', 'base64').equals(Buffer.from(other.split(' ').at(-1) ?? '', 'base64')) &&
  one.slice(0, one.lastIndexOf(' ')) === other.slice(0, other.lastIndexOf(' '));

test('the receipt of another entry, and a log that another key has signed, prove nothing', async () => {
  const [receipt, other] = await Promise.all([receiptOf(300, 77), receiptOf(300, 78)]);
  const exchanged = formatReceipt({ ...parseReceipt(receipt), entry: parseReceipt(other).entry });
  await expect(verifyReceipt(exchanged, publicKey)).rejects.toThrow('not in the tree that the log signed');
  const stranger = formatVerifier(testSigner('audit.example/trail', 2).verifier);
  await expect(verifyReceipt(receipt, stranger)).rejects.toThrow('not signed by audit.example/trail');
});
