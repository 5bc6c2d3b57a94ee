import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test, vi } from 'vitest';
import { auditWriter } from '../../../lambdas/patterns/audit/append.ts';
import { entryName, InvalidEntry, parseEntry, subjectOf } from '../../../lambdas/patterns/audit/entry.ts';
import { sqsClient } from '../../../lambdas/patterns/clients/clients.ts';
import { auditEntryJsonSchema, auditEntrySchemaFile } from '../../../scripts/schemas.ts';
import { startCloud } from '../support/cloud.ts';
import { environmentOf } from '../support/handlers.ts';
import { oneOfEach } from './entries.ts';

const published = JSON.parse(readFileSync(auditEntrySchemaFile, 'utf8')) as object;
const anyFormat = () => true;
const bySchema = new Ajv2020({ formats: { uuid: anyFormat, 'date-time': anyFormat } }).compile(published);

test('the published schema is the one that is checked: if not, run node scripts/schemas.ts', () => {
  expect(published).toEqual(JSON.parse(auditEntryJsonSchema()));
});

describe.each(oneOfEach)('an entry of type $type', (entry) => {
  test('passes, unchanged, here and by the published schema', () => {
    expect(parseEntry(entry)).toEqual(entry);
    expect(bySchema(entry)).toBe(true);
  });

  test.each(Object.keys(entry))('fails without %s, and the field is named', (field) => {
    const { [field as 'id']: _, ...rest } = entry;
    expect(() => parseEntry(rest)).toThrow(field);
    expect(bySchema(rest)).toBe(false);
  });
});

test('an entry that stays readable has no field that is not foreseen: it could be personal data', () => {
  for (const entry of oneOfEach.filter((each) => subjectOf(each) === undefined)) {
    expect(() => parseEntry({ ...entry, applicantName: 'Zebedee' }), entry.type).toThrow(InvalidEntry);
  }
});

test('what is wrong is told without the value', () => {
  const wrong = { ...oneOfEach[0], at: 'Zebedee Quillfeather', id: 'Zebedee Quillfeather' };
  expect(() => parseEntry(wrong)).toThrow(InvalidEntry);
  expect(() => parseEntry(wrong)).not.toThrow(/Zebedee/);
});

test('the name of an entry is its type and its id', () => {
  expect(oneOfEach.map(entryName)).toContain('decision/A-1');
});

describe('the writer', () => {
  test('returns when the entry is in the queue, whole, and throws when it is not', async () => {
    const cloud = await startCloud();
    const environment = environmentOf(cloud, { url: '' });
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    try {
      const appendEntry = auditWriter(sqsClient(), `${cloud.url}/000000000000/audit`);
      const { signal } = new AbortController();
      for (const entry of oneOfEach) await appendEntry(entry, { signal });
      expect(cloud.messages.map((body) => JSON.parse(body))).toEqual(oneOfEach);
      await expect(appendEntry({ ...oneOfEach[0], id: '' } as never, { signal })).rejects.toThrow(InvalidEntry);
      cloud.fault = () => 'refused';
      await expect(appendEntry(oneOfEach[0] as never, { signal })).rejects.toThrow('not allowed');
    } finally {
      vi.unstubAllEnvs();
      await cloud.close();
    }
  });
});
