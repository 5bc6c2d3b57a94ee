import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loggableFields, validate } from '../../lambdas/patterns/application/validate.ts';
import { applicationJsonSchema, applicationSchemaFile } from '../../scripts/schemas.ts';
import { anyApplication, anyField } from './support/arbitraries.ts';

const today = '2026-05-05';
const now = Date.parse(`${today}T10:00:00Z`);
const published = JSON.parse(readFileSync(applicationSchemaFile, 'utf8')) as object;
const bySchema = new Ajv2020({ formats: { date: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/ } }).compile(published);

test('the published schema is the one that is checked: if not, run node scripts/schemas.ts', () => {
  expect(published).toEqual(JSON.parse(applicationJsonSchema()));
});

describe('any application in order', () => {
  test('passes, unchanged, here and by the published schema', () => {
    fc.assert(
      fc.property(anyApplication, (application) => {
        expect(validate(application, now)).toEqual({ ok: true, application });
        expect(bySchema(application)).toBe(true);
      }),
    );
  });

  test('fails without any one of its fields, and the field is named', () => {
    fc.assert(
      fc.property(anyApplication, anyField, (application, field) => {
        const { [field as keyof typeof application]: _, ...rest } = application;
        expect(validate(rest, now)).toMatchObject({ ok: false, problems: [{ field, problem: 'is missing' }] });
        expect(bySchema(rest)).toBe(false);
      }),
    );
  });

  test('fails with any field more', () => {
    fc.assert(
      fc.property(anyApplication, fc.string(), fc.jsonValue(), (application, name, value) => {
        fc.pre(!(name in application));
        const more = JSON.parse(
          `{${JSON.stringify(name)}:${JSON.stringify(value)},${JSON.stringify(application).slice(1)}`,
        );
        expect(validate(more, now)).toMatchObject({ ok: false, problems: [{ remedy: 'remove it' }] });
      }),
    );
  });
});

test('whatever stands in a field, the answer is the one of the published schema', () => {
  // What JSON Schema can't say is kept out: other days, and a guarantee over the amount.
  const field = anyField.filter((name) => !['submittedAt', 'requestedAmount', 'guaranteedAmount'].includes(name));
  const value = fc.oneof(
    fc.jsonValue(),
    fc.string(),
    fc.double(),
    fc.constantFrom('CA', '94043', '', '0', 0, -1, 1.5, true),
  );
  fc.assert(
    fc.property(anyApplication, field, value, (application, name, given) => {
      const changed = { ...application, [name]: given };
      expect(validate(changed, now).ok).toBe(bySchema(changed));
    }),
    { numRuns: 1_000 },
  );
});

test('any JSON document at all gets an answer that repeats no value of it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), anyField, (value, field) => {
      const result = validate({ [field]: 'Quillfeather', other: value }, now);
      expect(result.ok).toBe(false);
      expect(JSON.stringify(result)).not.toContain('Quillfeather');
      expect(validate(value, now).ok).toBe(false);
    }),
  );
});

test('the day is one of the calendar, up to today', () => {
  fc.assert(
    fc.property(anyApplication, fc.integer({ min: 1, max: 40_000 }), (application, days) => {
      const future = new Date(Date.parse(today) + days * 86_400_000).toISOString().slice(0, 10);
      const problems = [
        { field: 'submittedAt', problem: 'is in the future', remedy: 'give a day up to today, in UTC' },
      ];
      expect(validate({ ...application, submittedAt: future }, now)).toEqual({ ok: false, problems });
      expect(validate({ ...application, submittedAt: today }, now).ok).toBe(true);
      expect(validate({ ...application, submittedAt: '2026-02-30' }, now).ok).toBe(false);
    }),
  );
});

test('a name that the sender made up does not get into a log', () => {
  const given = ['Quillfeather', 'city', '(body)'].map((field) => ({ field, problem: '', remedy: '' }));
  expect(loggableFields(given)).toEqual(['(unknown field)', 'city', '(body)']);
});
