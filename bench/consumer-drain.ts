import type { KinesisStreamRecord } from 'aws-lambda';
import { batches, contenders, context, quarantined } from './consumer-contenders.ts';

/** Deliveries after the first, as the construct has it. */
const retries = 5;

/** What it took to come to the end of 1,000 records, 1 % of them poison. */
export interface Drained {
  /** Invocations of the consumer. */
  readonly deliveries: number;
  /** Records that the consumer kept, whole. */
  readonly kept: number;
  /** Records that were given up: neither dealt with nor kept by the consumer. */
  readonly lost: number;
}

/**
 * Delivers as Lambda does: from the first reported record on again, what is left after progress as a batch of its own,
 * and after the last retry not any more.
 */
export async function drain(name: string): Promise<Drained> {
  const handle = contenders[name];
  if (!handle) throw new Error(`there is no contender ${name}`);
  const keptBefore = quarantined();
  const failing = new Set<string>();
  let deliveries = 0;
  for (const { Records } of batches(100, 100)) {
    let left: readonly KinesisStreamRecord[] = Records;
    for (let attempts = 0; left.length > 0 && attempts <= retries; ) {
      deliveries++;
      const { batchItemFailures } = await handle({ Records: [...left] }, context());
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      const first = left.findIndex(({ kinesis }) => failed.has(kinesis.sequenceNumber));
      attempts = first > 0 ? 1 : attempts + 1;
      left = first < 0 ? [] : left.slice(first);
      if (attempts > retries) for (const each of failed) failing.add(String(each));
    }
  }
  return { deliveries, kept: quarantined() - keptBefore, lost: failing.size };
}
