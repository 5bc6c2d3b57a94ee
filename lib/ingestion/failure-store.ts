import { Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket, CfnBucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { dataBucket } from '../common/data-bucket.ts';

export interface FailureStoreProps {
  readonly encryptionKey: IKey;
  readonly accessLogs: IBucket;
  /** How long a failed record is kept. */
  readonly retention: Duration;
  readonly destroyData?: boolean;
}

/** How often a pointer may be looked at, without its object being dealt with, before it is set aside. */
const mostLooks = 1000;

/**
 * Where failed records are kept whole, and a queue with a pointer to each.
 *
 * The event of the object's making is the pointer, so no record can be here without one, whoever put it: the consumer a
 * single record under `quarantine/`, Lambda a batch that it gave up under `aws/lambda/`. A pointer names the object and
 * nothing of its content. (S3 could send to the queue without EventBridge, but leaves a test message there.)
 */
export class FailureStore extends Construct {
  readonly bucket: Bucket;
  readonly queue: Queue;
  /** Pointers that were looked at a thousand times in vain. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: FailureStoreProps) {
    super(scope, id);
    this.deadLetters = this.#createQueue('DeadLetters', props.encryptionKey);
    this.queue = this.#createQueue('Queue', props.encryptionKey, this.deadLetters);
    // The bucket's place in the tree is older than this construct, and its logical id must not change.
    this.bucket = dataBucket(scope, 'FailureBucket', {
      encryptionKey: props.encryptionKey,
      accessLogs: props.accessLogs,
      accessLogsPrefix: 'failures/',
      lifecycleRules: [{ expiration: props.retention, noncurrentVersionExpiration: Duration.days(1) }],
      destroyData: props.destroyData,
    });
    this.#sendPointers();
  }

  #createQueue(id: string, encryptionMasterKey: IKey, deadLetters?: Queue): Queue {
    return new Queue(this, id, {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      deadLetterQueue: deadLetters && { queue: deadLetters, maxReceiveCount: mostLooks },
    });
  }

  /** The switch is the bucket's own property: the L2 would deploy a function of its own to set it. */
  #sendPointers(): void {
    const bucket = this.bucket.node.defaultChild as CfnBucket;
    bucket.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    const rule = new Rule(this, 'Pointers', {
      description: 'Each failed record that is kept gets a pointer in the queue',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [this.bucket.bucketName] } },
      },
    });
    rule.addTarget(
      new SqsQueue(this.queue, {
        message: RuleTargetInput.fromObject({
          bucket: EventField.fromPath('$.detail.bucket.name'),
          key: EventField.fromPath('$.detail.object.key'),
          versionId: EventField.fromPath('$.detail.object.version-id'),
          failedAt: EventField.time,
        }),
      }),
    );
  }
}
