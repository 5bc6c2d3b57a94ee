import { BatchProcessor, EventType } from '@aws-lambda-powertools/batch';
import type { PartialItemFailures } from '@aws-lambda-powertools/batch/types';
import type { Context } from 'aws-lambda';
import type { ItemIdentifier, StreamRecord } from './stream-record.ts';

/** What a handler answers its mapping: the records that have to be delivered again. */
export interface BatchReport {
  readonly batchItemFailures: readonly { readonly itemIdentifier: ItemIdentifier }[];
}

/** Powertools knows streams of Kinesis and none of Kafka; only the name that a failed record is reported by differs. */
class StreamBatch extends BatchProcessor {
  constructor() {
    super(EventType.KinesisDataStreams);
  }

  override collectKinesisFailures(): PartialItemFailures[] {
    const failed = this.failureMessages as unknown as readonly StreamRecord[];
    return failed.map(({ itemIdentifier }) => ({ itemIdentifier })) as PartialItemFailures[];
  }
}

/**
 * Handles each record and reports those whose handling rejected.
 *
 * If all of them fail the report names all: an empty one, or an error, would say something else to the mapping.
 */
export async function reportOn(
  records: readonly StreamRecord[],
  handle: (record: StreamRecord) => Promise<void>,
  context: Context,
): Promise<BatchReport> {
  const batch = new StreamBatch();
  batch.register(records as never, handle, { context, throwOnFullBatchFailure: false });
  await batch.process();
  return batch.response() as BatchReport;
}
