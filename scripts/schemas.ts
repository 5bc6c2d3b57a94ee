// Writes what follows from a definition elsewhere: `node scripts/schemas.ts && npm run fix`. That is the JSON Schemas of
// applications, records of the stream, outcomes and the audit trail's entries, for others, and the trainer's copy of the
// columns of the history.
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import { applicationSchema } from '../lambdas/patterns/application/application.ts';
import { auditEntrySchema } from '../lambdas/patterns/audit/entry.ts';
import { outcomeSchema } from '../lambdas/patterns/outcome/outcome.ts';
import { userId } from '../lambdas/patterns/record/record.ts';
import { root } from './root.ts';

const dialect = 'https://json-schema.org/draft/2020-12/schema';

/** Where the JSON Schema of an application is kept. */
export const applicationSchemaFile = path.join(root, 'schemas/application.schema.json');

/** Where the JSON Schema of an outcome is kept. */
export const outcomeSchemaFile = path.join(root, 'schemas/outcome.schema.json');

/** The definition of the loans' columns, and the copy that goes into the trainer's package. */
export const loansFile = path.join(root, 'schemas/loans.json');
export const trainerLoansFile = path.join(root, 'services/trainer/src/trainer/loans.json');

/**
 * The JSON Schema of an application, as text. What JSON Schema can't say it leaves out: that the day is one of the
 * calendar and not in the future, and that the guarantee is at most the amount.
 */
export function applicationJsonSchema(): string {
  return jsonSchema('Loan application', applicationSchema);
}

/** The JSON Schema of an outcome, as text. It leaves out how its days lie to each other and to today. */
export function outcomeJsonSchema(): string {
  return jsonSchema('Outcome of a loan', outcomeSchema);
}

function jsonSchema(title: string, of: typeof applicationSchema | typeof outcomeSchema): string {
  const schema = toJsonSchema(of, {
    target: 'draft-2020-12',
    errorMode: 'ignore',
    ignoreActions: ['check', 'partial_check'],
  });
  return `${JSON.stringify({ $schema: dialect, title, ...schema }, null, 2)}\n`;
}

/** Where the JSON Schema of the audit trail's entries is kept. */
export const auditEntrySchemaFile = path.join(root, 'schemas/audit-entry.schema.json');

/** The JSON Schema of the audit trail's entries, as text. */
export function auditEntryJsonSchema(): string {
  const schema = toJsonSchema(auditEntrySchema, { target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema: dialect, title: 'Entry of the audit trail', ...schema }, null, 2)}\n`;
}

/** Where the JSON Schema of what the stream carries is kept. */
export const streamRecordSchemaFile = path.join(root, 'schemas/stream-record.schema.json');

/** The JSON Schema of what the stream carries, as text: for those who put records on it past the API. */
export function streamRecordJsonSchema(): string {
  const schema = {
    $schema: dialect,
    title: 'Record of the stream',
    type: 'object',
    properties: {
      application: { $ref: path.basename(applicationSchemaFile) },
      receivedAt: { type: 'string', format: 'date-time', description: 'When the application was received' },
      requestedBy: {
        type: 'string',
        pattern: userId.source,
        description: 'Who sent it, by aws:userid: they do not review it',
      },
    },
    required: ['application', 'receivedAt'],
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

if (import.meta.main) {
  writeFileSync(applicationSchemaFile, applicationJsonSchema());
  writeFileSync(auditEntrySchemaFile, auditEntryJsonSchema());
  writeFileSync(outcomeSchemaFile, outcomeJsonSchema());
  writeFileSync(streamRecordSchemaFile, streamRecordJsonSchema());
  copyFileSync(loansFile, trainerLoansFile);
}
