import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Deadline } from '../resilience/deadline.ts';
import { type AuditEntry, entryOfJson } from './entry.ts';

/**
 * Adds an entry to the audit trail. It returns when the entry is durable (in the queue, on several hosts), not when
 * it is in the log: that takes the sequencer some seconds more.
 *
 * It may be called any number of times for one entry: entries with the same type and id are appended once.
 *
 * @throws InvalidEntry if the entry is not of the published form
 */
export type AuditWriter = (entry: AuditEntry, deadline: Pick<Deadline, 'signal'>) => Promise<void>;

/** @param queueUrl the audit trail's queue; `AuditTrail.grantAppend` gives the right to send to it */
export function auditWriter(sqs: SQSClient, queueUrl: string): AuditWriter {
  return async (entry, { signal }) => {
    const json = JSON.stringify(entry);
    // What the sequencer would refuse is refused here, where the caller learns of it.
    entryOfJson(json);
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: json }), { abortSignal: signal });
  };
}
