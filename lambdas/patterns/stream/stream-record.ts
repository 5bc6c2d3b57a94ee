import type { KinesisStreamEvent, KinesisStreamRecord, MSKEvent, SelfManagedKafkaEvent } from 'aws-lambda';

/** A record as Lambda's Kafka mappings deliver it, of MSK or of brokers of one's own. */
export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  /** Base64; null or absent for a record without a key. */
  readonly key?: string | null;
  /** Base64; null or absent for a tombstone. */
  readonly value?: string | null;
}

/** What a handler is invoked with, by either kind of mapping. */
export type StreamEvent = KinesisStreamEvent | MSKEvent | SelfManagedKafkaEvent;

/** By what a mapping knows a record again that is reported as failed. */
export type ItemIdentifier = string | { readonly partition: string; readonly offset: number };

/** Where a record came from, the same at every delivery of it. */
export interface Origin {
  /** ARN of the stream or of the MSK cluster, or the brokers' addresses. */
  readonly source: string;
  /** Id of the shard, or topic and number of the partition: `applications-0`. */
  readonly partition: string;
  /** Sequence number, or offset. */
  readonly position: string;
  /** The key that the order of records is kept for; empty if the record has none. */
  readonly key: string;
  /** ISO 8601 instant, UTC. */
  readonly arrivedAt: string;
}

/** A record of a stream, whichever it is. */
export interface StreamRecord {
  /** Of its source and no other record of it, the same at every delivery: `shardId-000000000000:4957` or `applications-0:42`. */
  readonly id: string;
  /** Made when it is asked for: most records need none. */
  origin(): Origin;
  /** The key that the order of records is kept for; empty if the record has none. */
  readonly key: string;
  /** When it came, in milliseconds since 1970. */
  readonly arrivedMs: number;
  readonly itemIdentifier: ItemIdentifier;
  /** What the sender put, decoded anew at each call: a record that fails to decode fails alone. */
  bytes(): Buffer;
  /** An event with this record and no other, as its mapping would deliver it. */
  alone(): StreamEvent;
}

/** The records of an event of either kind; those of a partition are in their order. */
export function recordsOf(event: StreamEvent): StreamRecord[] {
  if ('Records' in event) return event.Records.map(fromKinesis);
  return Object.values(event.records).flatMap((records) =>
    (records as readonly KafkaRecord[]).map((record) => fromKafka(record, event)),
  );
}

function fromKinesis(record: KinesisStreamRecord): StreamRecord {
  const { kinesis, eventID, eventSourceARN } = record;
  const arrivedMs = kinesis.approximateArrivalTimestamp * 1000;
  return {
    id: eventID,
    key: kinesis.partitionKey,
    arrivedMs,
    origin: () => ({
      source: eventSourceARN,
      // An event's id is its shard's, a colon and its sequence number.
      partition: eventID.split(':')[0] ?? eventID,
      position: kinesis.sequenceNumber,
      key: kinesis.partitionKey,
      arrivedAt: new Date(arrivedMs).toISOString(),
    }),
    itemIdentifier: kinesis.sequenceNumber,
    bytes: () => Buffer.from(kinesis.data, 'base64'),
    alone: () => ({ Records: [record] }),
  };
}

function fromKafka(record: KafkaRecord, event: MSKEvent | SelfManagedKafkaEvent): StreamRecord {
  const partition = `${record.topic}-${record.partition}`;
  const key = Buffer.from(record.key ?? '', 'base64').toString();
  return {
    id: `${partition}:${record.offset}`,
    key,
    arrivedMs: record.timestamp,
    origin: () => ({
      source: 'eventSourceArn' in event ? event.eventSourceArn : event.bootstrapServers,
      partition,
      position: String(record.offset),
      key,
      arrivedAt: new Date(record.timestamp).toISOString(),
    }),
    itemIdentifier: { partition, offset: record.offset },
    bytes: () => Buffer.from(record.value ?? '', 'base64'),
    alone: () => ({ ...event, records: { [partition]: [record] } }) as StreamEvent,
  };
}
