import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { toRecordData } from '../../lambdas/patterns/record/record.ts';
import { applicationSchemaFile, streamRecordJsonSchema, streamRecordSchemaFile } from '../../scripts/schemas.ts';
import { application } from '../lambdas/support/examples.ts';

const published = JSON.parse(readFileSync(streamRecordSchemaFile, 'utf8')) as object;
const formats = { date: /^\d{4}-\d{2}-\d{2}$/, 'date-time': (text: string) => Number.isFinite(Date.parse(text)) };
const isRecord = new Ajv2020({ formats })
  .addSchema(JSON.parse(readFileSync(applicationSchemaFile, 'utf8')) as object, 'application.schema.json')
  .compile(published);
const received = { application: application(), receivedAt: '2005-03-01T09:30:00.000Z' };

test('the published schema of the stream is the one that the code gives', () => {
  expect(published).toEqual(JSON.parse(streamRecordJsonSchema()));
});

test('it takes what the door puts on the stream', () => {
  expect(isRecord(JSON.parse(new TextDecoder().decode(toRecordData(received))))).toBe(true);
});

test.each([
  ['without the time of receipt', { application: received.application }],
  ['with a time that is none', { ...received, receivedAt: 'yesterday' }],
  ['with an application that is not whole', { ...received, application: { applicationId: 'A-1' } }],
])('it refuses a record %s', (_, record) => {
  expect(isRecord(record)).toBe(false);
});
