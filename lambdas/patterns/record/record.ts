import type { KinesisStreamRecord } from 'aws-lambda';
import { type Application, maximumBytes } from '../application/application.ts';
import { validate } from '../application/validate.ts';
import { PoisonRecord } from '../quarantine/quarantine.ts';

/** What the stream carries: an application, and when it was received. */
export interface Received {
  readonly application: Application;
  /** ISO 8601 instant, UTC. */
  readonly receivedAt: string;
}

/** The stream's form of an application. */
export function toRecordData(received: Received): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(received));
}

/**
 * Reads a record of the stream. Anyone with the right to put may have put it, so it is checked as strictly as at
 * the door.
 *
 * @throws PoisonRecord if it can never be decided
 */
export function fromRecord(record: KinesisStreamRecord): Received {
  const bytes = Buffer.from(record.kinesis.data, 'base64');
  if (bytes.length > maximumBytes * 2) {
    throw new PoisonRecord('oversized', [
      { field: '(record)', problem: `must have at most ${maximumBytes * 2} bytes` },
    ]);
  }
  const envelope = parse(bytes);
  const { application, receivedAt } = (envelope ?? {}) as Partial<Record<keyof Received, unknown>>;
  const arrived = new Date(record.kinesis.approximateArrivalTimestamp * 1000).toISOString();
  const checked = validate(application, arrived.slice(0, 10));
  if (!checked.ok) throw new PoisonRecord('invalid', checked.problems);
  if (typeof receivedAt !== 'string' || !Number.isFinite(Date.parse(receivedAt))) {
    throw new PoisonRecord('invalid', [{ field: 'receivedAt', problem: 'must be an ISO 8601 instant' }]);
  }
  return { application: checked.application, receivedAt };
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new PoisonRecord('malformed', [{ field: '(record)', problem: 'must be JSON in UTF-8' }]);
  }
}
