import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
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
 * S3 itself sends the pointer when an object is made, so no record can be here without one, whoever put it: the
 * consumer a single record under `quarantine/`, Lambda a batch that it gave up under `aws/lambda/`. A pointer names the
 * object and nothing of its content.
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
    this.#sendPointers(props.encryptionKey);
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

  /** By the bucket's own property: the L2 would deploy a function of its own to set it. */
  #sendPointers(key: IKey): void {
    const { account } = Stack.of(this);
    const s3 = new ServicePrincipal('s3.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    });
    // The bucket can't be named: it is made after this policy, since S3 tries the queue when it is told of it.
    this.queue.addToResourcePolicy(
      new PolicyStatement({ principals: [s3], actions: ['sqs:SendMessage'], resources: [this.queue.queueArn] }),
    );
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'PointersAreEncrypted',
        principals: [s3],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
      }),
    );
    const bucket = this.bucket.node.defaultChild as CfnBucket;
    bucket.notificationConfiguration = {
      queueConfigurations: [{ event: 's3:ObjectCreated:*', queue: this.queue.queueArn }],
    };
    this.bucket.node.addDependency(this.queue);
  }
}
