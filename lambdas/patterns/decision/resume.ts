import { type KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import type { Mode } from '../modes/mode.ts';
import { toRecordData } from '../record/record.ts';
import type { Deadline } from '../resilience/deadline.ts';
import type { Kept, KeptStore } from './kept.ts';

export interface ResumeOptions {
  readonly store: KeptStore;
  readonly kinesis: KinesisClient;
  readonly streamName: string;
  mode(deadline: Deadline): Promise<Mode>;
  now(): Date;
}

/** Too little time for another page. Milliseconds. */
const leastMs = 2_000;
/** One that was kept so lately is left for the next run: what it failed for has hardly passed. Milliseconds. */
const restMs = 30_000;

/** What a run did, and how many it looked at that still wait. */
export interface Resumed {
  readonly resumed: number;
  readonly waiting: number;
}

/**
 * Puts kept applications back on the stream, the put first: cut off after it, an application is put again and decided
 * once all the same. In the mode stop they wait.
 */
export async function resume(deadline: Deadline, options: ResumeOptions): Promise<Resumed> {
  const stopped = (await options.mode(deadline)) === 'stop';
  let [resumed, waiting] = [0, 0];
  let from: string | undefined;
  do {
    const { kept, next } = await options.store.page(from, deadline);
    const due = stopped ? [] : kept.filter((each) => isDue(each, options.now()));
    await Promise.all(due.map((each) => putBack(each, deadline, options)));
    resumed += due.length;
    waiting += kept.length - due.length;
    from = next;
  } while (from !== undefined && deadline.leftMs() > leastMs);
  return { resumed, waiting };
}

function isDue({ keptAt }: Kept, now: Date): boolean {
  return now.getTime() - Date.parse(keptAt) >= restMs;
}

async function putBack(kept: Kept, deadline: Deadline, { store, kinesis, streamName }: ResumeOptions): Promise<void> {
  const put = new PutRecordCommand({
    StreamName: streamName,
    PartitionKey: kept.received.application.applicationId,
    Data: toRecordData(kept.received),
  });
  await kinesis.send(put, { abortSignal: deadline.signal });
  await store.release(kept, deadline);
}
