import type { ItemIdentifier, StreamRecord } from './stream-record.ts';

/** What a handler answers its mapping: the records that have to be delivered again. */
export interface BatchReport {
  readonly batchItemFailures: readonly { readonly itemIdentifier: ItemIdentifier }[];
}

/**
 * Handles each record and reports those whose handling rejected.
 *
 * If all of them fail the report names all: an empty one, or an error, would say something else to the mapping.
 */
export async function reportOn(
  records: readonly StreamRecord[],
  handle: (record: StreamRecord) => Promise<void>,
): Promise<BatchReport> {
  const settled = await Promise.allSettled(records.map(handle));
  const failed = records.filter((_, index) => settled[index]?.status === 'rejected');
  return { batchItemFailures: failed.map(({ itemIdentifier }) => ({ itemIdentifier })) };
}
