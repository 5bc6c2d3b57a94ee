import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyIdOf, openEnvelope, readEnvelope, sealEnvelope } from '../../../lambdas/patterns/audit/seal/envelope.ts';
import { oneOfEach } from './entries.ts';

const newKey = () => ({ id: randomUUID(), secret: randomBytes(32) });
const entry = oneOfEach[0] as (typeof oneOfEach)[number];

describe('a sealed entry', () => {
  test('is read with its key, and by no other', () => {
    const key = newKey();
    const envelope = sealEnvelope(entry, key);
    expect(keyIdOf(envelope)).toBe(key.id);
    expect(readEnvelope(envelope, key.secret)).toEqual(entry);
    expect(() => readEnvelope(envelope, newKey().secret)).toThrow();
    expect(() => readEnvelope(envelope)).toThrow(`the envelope is sealed with the key ${key.id}, which is not given`);
  });

  test('is not read with any byte changed', () => {
    const key = newKey();
    const envelope = sealEnvelope(entry, key);
    fc.assert(
      fc.property(fc.nat({ max: envelope.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Uint8Array.from(envelope, (byte, i) => (i === at ? byte ^ change : byte));
        expect(() => readEnvelope(changed, key.secret)).toThrow();
      }),
    );
  });

  test('tells nothing without the key, and is another each time', () => {
    const key = newKey();
    const [one, other] = [sealEnvelope(entry, key), sealEnvelope(entry, key)];
    expect(Buffer.from(one)).not.toEqual(Buffer.from(other));
    expect(Buffer.from(one).toString('latin1')).not.toMatch(/A-1|zebedee|declined|decision/);
  });
});

test('an entry of nobody in particular is readable by everybody', () => {
  const mode = oneOfEach.find(({ type }) => type === 'mode') as typeof entry;
  const envelope = openEnvelope(mode);
  expect(keyIdOf(envelope)).toBeUndefined();
  expect(readEnvelope(envelope)).toEqual(mode);
  expect(Buffer.from(envelope).toString()).toContain('"reason":"Drift is over"');
  expect(() => readEnvelope(Uint8Array.of(7, 1, 2))).toThrow('begins with 7');
});
