import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldNames } from '../../lambdas/patterns/application/application.ts';
import { featuresOf } from '../../lambdas/patterns/features/features.ts';
import specification from '../../schemas/features.json' with { type: 'json' };
import { anyApplication } from './support/arbitraries.ts';
import { application } from './support/examples.ts';

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../schemas/${name}`, import.meta.url), 'utf8'));
const typeOf = { number: 'number', flag: 'boolean', category: 'string' } as const;

test('every feature of the definition is of its type, or null', () => {
  fc.assert(
    fc.property(anyApplication, (given) => {
      const features = featuresOf(given);
      expect(Object.keys(features)).toEqual(specification.features.map(({ name }) => name));
      for (const { name, type } of specification.features) {
        if (features[name] !== null) expect(typeof features[name]).toBe(typeOf[type as keyof typeof typeOf]);
      }
    }),
  );
});

test('the definition reads fields of an application, and no direct identifier', () => {
  const read = specification.features
    .flatMap(({ op }) => Object.values(op).flat())
    .filter((operand) => typeof operand === 'string');
  expect(read.filter((field) => !fieldNames.has(field))).toEqual([]);
  expect(read).not.toContain('applicantName');
  expect(read).not.toContain('city');
  expect(read).not.toContain('zip');
});

test('a share, a prefix and an equality of the definition', () => {
  const features = featuresOf(application({ requestedAmount: 80_000, guaranteedAmount: 60_000, lenderState: 'NV' }));
  expect(features).toMatchObject({ guaranteedShare: 0.75, sector: '72', sameState: false });
});

test('what is not known stays null', () => {
  const features = featuresOf(application({ lenderState: null, newBusiness: null }));
  expect(features).toMatchObject({ sameState: null, newBusiness: null, revolvingCredit: null });
});

test('a share of any application is from 0 to 1', () => {
  fc.assert(
    fc.property(anyApplication, (given) => {
      const share = featuresOf(given)['guaranteedShare'] as number;
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
    }),
  );
});

test('what the model service is asked is what it says it takes', () => {
  const takes = new Ajv2020().compile(read('score-request.schema.json') as object);
  fc.assert(
    fc.property(anyApplication, fc.double({ min: 0, max: 1, noNaN: true }), (given, explainAbove) => {
      const sent: unknown = JSON.parse(JSON.stringify({ features: featuresOf(given), explainAbove }));
      expect(takes(sent)).toBe(true);
    }),
  );
});
