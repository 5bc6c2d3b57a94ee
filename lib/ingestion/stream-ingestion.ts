import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IEventSourceDlq } from 'aws-cdk-lib/aws-lambda';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { grantReadObjects, grantWriteObjects } from '../common/grants.ts';
import { HandlerFunction } from '../common/handler-function.ts';
import { Problems } from '../common/problems.ts';
import { FailureStore } from './failure-store.ts';
import { consumerMetric, type StreamAlarms, streamAlarms } from './stream-alarms.ts';
import { type BoundSource, type IStreamSource, StreamSource } from './stream-source.ts';

export interface StreamIngestionProps {
  /** Name of the bundled handler that consumes the stream. */
  readonly handler: string;
  /** What the handler needs beside `FAILURE_BUCKET`, which this construct gives it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Encrypts the stream, the failure bucket and the consumer's log. */
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /** Receives the failure bucket's access log. */
  readonly accessLogs: IBucket;
  /**
   * Network of the consumer.
   * @default - the consumer runs outside of any VPC
   */
  readonly vpc?: IVpc;
  /**
   * Where the records come from.
   * @default - `StreamSource.kinesis()`: a stream of its own
   */
  readonly source?: IStreamSource;
  /**
   * Most records of one invocation.
   * @default 100
   */
  readonly batchSize?: number;
  /**
   * How often a record that fails for a passing reason is tried again, before its batch goes whole to the failure
   * bucket. Without a limit one record would block its shard until it expires.
   * @default 5
   */
  readonly retryAttempts?: number;
  /**
   * How long the stream may be silent before an alarm rings.
   * @default - 30 minutes
   */
  readonly silenceAfter?: Duration;
  /**
   * How long a failed record is kept for redrive. It holds personal data.
   * @default - 30 days
   */
  readonly failureRetention?: Duration;
  /**
   * So many failed records may wait for redrive before an alarm rings.
   * @default 100
   */
  readonly mostQuarantined?: number;
  /**
   * Whether data goes with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

/**
 * A stream whose records reach their handler, or the failure bucket, whole and with a reason; never nothing.
 *
 * The handler reports the records that failed; those are delivered again, alone, as often as `retryAttempts` says.
 */
export class StreamIngestion extends Construct {
  readonly source: BoundSource;
  readonly consumer: HandlerFunction;
  /** Where failed records are, with a queue of pointers to them. */
  readonly failures: FailureStore;
  /** Alarms of the stream; those of the consumer's function are in `consumer.alarms`. */
  readonly alarms: StreamAlarms;

  constructor(scope: Construct, id: string, props: StreamIngestionProps) {
    super(scope, id);
    const { source = StreamSource.kinesis(), silenceAfter = Duration.minutes(30) } = props;
    checkProps(props, silenceAfter);

    this.source = source.bind(this, { encryptionKey: props.encryptionKey, destroyData: props.destroyData });
    this.failures = new FailureStore(this, 'Failures', {
      encryptionKey: props.encryptionKey,
      accessLogs: props.accessLogs,
      retention: props.failureRetention ?? Duration.days(30),
      destroyData: props.destroyData,
    });
    this.consumer = new HandlerFunction(this, 'Consumer', {
      handler: props.handler,
      environment: { ...props.environment, FAILURE_BUCKET: this.failures.bucket.bucketName },
      encryptionKey: props.encryptionKey,
      alarmTopic: props.alarmTopic,
      timeout: Duration.minutes(1),
      vpc: props.vpc,
    });
    const eventSourceMappingId = this.source.read({
      consumer: this.consumer,
      batchSize: props.batchSize ?? 100,
      retryAttempts: props.retryAttempts ?? 5,
      failedItems: 'reported',
      onFailure: wholeRecordsTo(this.failures.bucket),
    });
    this.alarms = streamAlarms(this, {
      topic: props.alarmTopic,
      consumer: this.consumer,
      queue: this.failures.queue,
      deadLetters: this.failures.deadLetters,
      mostQuarantined: props.mostQuarantined ?? 100,
      eventSourceMappingId,
      source: this.source.alarms(this.consumer, eventSourceMappingId, silenceAfter),
    });
  }

  /** The Kinesis stream. @throws Error if the source is another */
  get stream(): Stream {
    const { stream } = this.source;
    if (stream) return stream;
    throw new Error(`${this.node.path} has no Kinesis stream: its source is another`);
  }

  /** Lets a principal put records on the stream. @throws Error for Kafka, whose cluster gives that right */
  grantPut(grantee: IGrantable): Grant {
    return this.source.grantPut(grantee);
  }

  /** Lets a principal read what failed, to look at it or to send it again. */
  grantReadFailures(grantee: IGrantable): Grant {
    return grantReadObjects(this.failures.bucket, grantee);
  }

  /** A metric that the consumer's handler writes itself, summed per minute. */
  metricConsumer(metricName: string): Metric {
    return consumerMetric(this.consumer, metricName);
  }

  /** The bucket of failed records. */
  get failureBucket(): Bucket {
    return this.failures.bucket;
  }
}

/** A failure destination that keeps the records themselves; the CDK's own also lets the consumer delete them. */
export function wholeRecordsTo(bucket: Bucket): IEventSourceDlq {
  return {
    bind: (_mapping, consumer) => {
      grantWriteObjects(bucket, consumer);
      Grant.addToPrincipal({ grantee: consumer, actions: ['s3:ListBucket'], resourceArns: [bucket.bucketArn] });
      return { destination: bucket.bucketArn };
    },
  };
}

function checkProps(props: StreamIngestionProps, silenceAfter: Duration): void {
  const { batchSize = 100, retryAttempts = 5, mostQuarantined = 100 } = props;
  new Problems('StreamIngestion')
    .within('silenceAfter, in minutes,', silenceAfter.toMinutes(), 1, 1440)
    .within('batchSize', batchSize, 1, 10_000)
    .within('retryAttempts', retryAttempts, 0, 10_000)
    .within('mostQuarantined', mostQuarantined, 1, 1_000_000)
    .throwIfAny();
}
