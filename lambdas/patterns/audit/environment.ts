/** Variables that tell where an audit trail is. */
export const auditReaderNames = [
  'AUDIT_BUCKET',
  'LEDGER_TABLE',
  'SUBJECT_KEYS_TABLE',
  'WRAPPING_KEY_ID',
  'SIGNING_KEY_ID',
  'LOG_ORIGIN',
] as const;

/** What a handler that reads the audit trail needs from its construct. */
export type AuditReaderEnvironment = Readonly<Record<(typeof auditReaderNames)[number], string>>;
