import { type Application, maximumBytes } from '../application/application.ts';
import { validate } from '../application/validate.ts';
import type { QuarantineClass } from '../poison/classes.ts';
import { PoisonRecord } from '../poison/poison-record.ts';
import type { StreamRecord } from '../stream/stream-record.ts';

/** What the stream carries: an application, and when it was received. */
export interface Received {
  readonly application: Application;
  /** ISO 8601 instant, UTC. */
  readonly receivedAt: string;
  /** Id at AWS of whoever sent it, as the API has checked it: `aws:userid`. */
  readonly requestedBy?: string;
}

/** What `aws:userid` may be: a user's id, or a role's with the session's name. */
export const userId = /^[\w+=,.@:-]{1,200}$/;

/** An escape of JSON can make a body longer on the stream than it was at the door. */
const maximumRecordBytes = maximumBytes * 2;

/** By how much the clock at the door may be ahead of the stream's: else midnight would make a future of today. */
const clockSkewMs = 60_000;

const utf8 = new TextDecoder('utf-8', { fatal: true });

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
export function fromRecord(record: StreamRecord): Received {
  const bytes = record.bytes();
  if (bytes.length > maximumRecordBytes) {
    throw poison('oversized', '(record)', 'is too large', `give at most ${maximumRecordBytes} bytes`);
  }
  const { application, receivedAt, requestedBy } = (parse(bytes) ?? {}) as Partial<Record<keyof Received, unknown>>;
  const checked = validate(application, record.arrivedMs + clockSkewMs);
  if (!checked.ok) throw new PoisonRecord('schema-invalid', checked.problems);
  const received = typeof receivedAt === 'string' ? new Date(receivedAt) : undefined;
  if (!received || Number.isNaN(received.getTime())) {
    throw poison('schema-invalid', 'receivedAt', 'is not an instant', 'give an ISO 8601 instant');
  }
  const envelope = { application: checked.application, receivedAt: received.toISOString() };
  if (requestedBy === undefined) return envelope;
  if (typeof requestedBy === 'string' && userId.test(requestedBy)) return { ...envelope, requestedBy };
  throw poison('schema-invalid', 'requestedBy', 'is not the id of a caller', 'leave it out, or give aws:userid');
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    throw poison('malformed', '(record)', 'is not JSON', 'give one JSON object in UTF-8');
  }
}

function poison(kind: QuarantineClass, field: string, problem: string, remedy: string): PoisonRecord {
  return new PoisonRecord(kind, [{ field, problem, remedy }]);
}
