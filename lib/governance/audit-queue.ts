import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** The longest that SQS keeps a message: the time there is to mend a sequencer. */
const kept = Duration.days(14);

export interface AuditQueueProps {
  readonly encryptionKey: IKey;
  /** How long an entry that was handed to the sequencer is hidden from it. */
  readonly visibilityTimeout: Duration;
}

/** Where entries are durable until they are in the log, and where those go that can't be appended. */
export interface AuditQueue {
  readonly queue: Queue;
  readonly deadLetters: Queue;
}

/**
 * Makes the two queues. Standard ones: a FIFO queue hands over ten entries at a time at most, and the log's order is
 * that of arrival, which says nothing; each entry has its own instant.
 */
export function auditQueue(scope: Construct, { encryptionKey, visibilityTimeout }: AuditQueueProps): AuditQueue {
  const common = {
    encryption: QueueEncryption.KMS,
    encryptionMasterKey: encryptionKey,
    // Each producer's and consumer's key is asked for again after this: fewer calls of KMS.
    dataKeyReuse: Duration.hours(1),
    enforceSSL: true,
    retentionPeriod: kept,
  };
  const deadLetters = new Queue(scope, 'DeadLetters', common);
  const queue = new Queue(scope, 'Queue', {
    ...common,
    visibilityTimeout,
    // An invocation that Lambda refuses for its concurrency of one counts as a receipt, so that this is no small number.
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: 20 },
  });
  return { queue, deadLetters };
}
