import type { Logger } from '@aws-lambda-powertools/logger';
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { loggableFields } from '../application/validate.ts';
import { inOrder } from '../concurrency/in-order.ts';
import { type Brake, brake } from '../poison/brake.ts';
import { poisonClasses } from '../poison/classes.ts';
import { classOf } from '../poison/classify.ts';
import { PoisonRecord } from '../poison/poison-record.ts';
import { bulkhead } from '../resilience/bulkhead.ts';
import { type Deadline, deadlineOf } from '../resilience/deadline.ts';
import { type Deliveries, deliveries, unitOfWork } from '../resilience/retry-budget.ts';
import { type BatchReport, reportOn } from './report.ts';
import { recordsOf, type StreamEvent, type StreamRecord } from './stream-record.ts';
import { type Tally, tally } from './tally.ts';

export interface ConsumeOptions {
  /** Does the work on one record. @throws PoisonRecord if it can never be done, or any other error */
  deal(record: StreamRecord, deadline: Deadline): Promise<void>;
  /** Keeps a record that no retry will mend. */
  quarantine(record: StreamRecord, poison: PoisonRecord, deadline: Deadline): Promise<void>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Kept back to report the records that failed: whatever hangs, the function answers. Milliseconds. */
const reserveMs = 1_000;
/** Records that a container deals with at a time: what they call says how many it can take. */
const concurrency = { least: 4, most: 64, initial: 16, targetMs: 1_000 };
/** So many failures of a class that says stop, in one batch, and no further record of it is begun. */
const stopAfter = 3;

/** What the records of one invocation share. */
interface Invocation {
  readonly deadline: Deadline;
  readonly failures: Tally;
  readonly brake: Brake;
  /** How often the records that failed have come to this container. */
  readonly delivered: Deliveries;
}

/**
 * The handler of a stream, of Kinesis or of Kafka. What becomes of a record that fails is said by its class
 * (`patterns/poison/classes.ts`): it is kept, or it is reported and the stream delivers from there again.
 *
 * Records of the same key are dealt with in their order; after one that failed, the later ones of its key fail too.
 */
export function streamConsumer(
  options: ConsumeOptions,
): (event: StreamEvent, context: Context) => Promise<BatchReport> {
  const inTurn = bulkhead(concurrency);
  const delivered = deliveries();
  return async (event, context) => {
    const deadline = deadlineOf(context, reserveMs);
    const invocation = { deadline, failures: tally(), brake: brake(stopAfter), delivered };
    const inOrderOfKey = inOrder();
    const one = (record: StreamRecord) => {
      const task = () => inTurn.run(() => settle(record, invocation, options));
      return record.key === '' ? task() : inOrderOfKey(record.key, task);
    };
    try {
      return await reportOn(recordsOf(event), one);
    } finally {
      invocation.failures.publish(options.metrics);
      if (options.metrics.hasStoredMetrics()) options.metrics.publishStoredMetrics();
    }
  };
}

/** Deals with one record. @throws whatever was thrown, if it has to be delivered again */
async function settle(record: StreamRecord, invocation: Invocation, options: ConsumeOptions): Promise<void> {
  const { delivered } = invocation;
  try {
    invocation.brake.check();
    await unitOfWork(delivered.of(record.id), () => dealOrReject(record, invocation, options));
    delivered.done(record.id);
  } catch (error) {
    delivered.failed(record.id);
    const failure = classOf(error);
    invocation.failures.add(failure);
    if (poisonClasses[failure].action === 'stop') invocation.brake.note();
    // The name only: a message may repeat what was given, and that may be personal data.
    const name = error instanceof Error ? error.name : typeof error;
    options.logger.error('record failed, it will be delivered again', {
      eventId: record.id,
      class: failure,
      failure: name,
    });
    throw error;
  }
}

async function dealOrReject(record: StreamRecord, invocation: Invocation, options: ConsumeOptions): Promise<void> {
  try {
    await options.deal(record, invocation.deadline);
  } catch (error) {
    if (!(error instanceof PoisonRecord)) throw error;
    await options.quarantine(record, error, invocation.deadline);
    invocation.failures.add(error.poison);
    options.metrics.addMetric('RecordsQuarantined', MetricUnit.Count, 1);
    const fields = loggableFields(error.problems);
    options.logger.warn('record quarantined', { eventId: record.id, reason: error.poison, fields });
  }
}
