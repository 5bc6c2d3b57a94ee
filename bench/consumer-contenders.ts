import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Context, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { validate } from '../lambdas/patterns/application/validate.ts';
import { fromRecord } from '../lambdas/patterns/record/record.ts';
import { streamConsumer } from '../lambdas/patterns/stream/consume.ts';
import type { BatchReport } from '../lambdas/patterns/stream/report.ts';
import { recordsOf, type StreamEvent, type StreamRecord } from '../lambdas/patterns/stream/stream-record.ts';
import { application, rawRecord, receivedAt } from '../test/lambdas/support/examples.ts';

const now = Date.now();

export type Handle = (event: KinesisStreamEvent, context: Context) => Promise<BatchReport>;

/** What all of them do with a record: parse it and check it. @throws PoisonRecord */
function deal(record: StreamRecord): void {
  fromRecord(record);
}

// What is measured is the handling; the lines of a log would be the disk's.
process.env['POWERTOOLS_METRICS_DISABLED'] = 'true';
const kept: StreamRecord[] = [];
const ours = streamConsumer({
  deal: async (record) => deal(record),
  quarantine: async (record) => {
    kept.push(record);
  },
  logger: new Logger({ logLevel: 'SILENT' }),
  metrics: new Metrics({ namespace: 'Seaworthy' }),
});

/** The same work in three frames. */
export const contenders: Readonly<Record<string, Handle>> = {
  /** No frame at all: decode, parse, validate. The first bad record throws. */
  bare: async ({ Records }) => {
    for (const { kinesis } of Records) {
      const { application } = JSON.parse(Buffer.from(kinesis.data, 'base64').toString());
      if (!validate(application, now).ok) throw new Error('not an application');
    }
    return { batchItemFailures: [] };
  },
  powertools: (event, context) =>
    processPartialResponse(
      event,
      async (record: KinesisStreamRecord) => {
        const [only] = recordsOf({ Records: [record] });
        if (only) deal(only);
      },
      new BatchProcessor(EventType.KinesisDataStreams),
      { context, throwOnFullBatchFailure: false },
    ),
  ours: (event, context) => ours(event as StreamEvent, context),
};

/** How many records ours has put into quarantine. */
export function quarantined(): number {
  return kept.length;
}

/** An invocation with plenty of time. */
export function context(): Context {
  return { getRemainingTimeInMillis: () => 60_000 } as Context;
}

/** 1,000 records in batches; one in so many is poison, 0 for none. */
export function batches(size: number, poisonEvery: number): KinesisStreamEvent[] {
  const records = Array.from({ length: 1_000 }, (_, index) => {
    const bad = poisonEvery > 0 && index % poisonEvery === poisonEvery / 2;
    const document = { application: application({ applicationId: `A-${index}` }), receivedAt };
    return rawRecord(bad ? 'Zebedee' : JSON.stringify(document), index + 1, `key-${index}`);
  });
  return Array.from({ length: Math.ceil(records.length / size) }, (_, index) => ({
    Records: records.slice(index * size, (index + 1) * size),
  }));
}
