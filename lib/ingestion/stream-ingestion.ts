import { Duration } from 'aws-cdk-lib';
import type { Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type IEventSourceDlq, MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { acknowledge } from '../common/acknowledge.ts';
import { grantReadObjects, grantWriteObjects } from '../common/grants.ts';
import { HandlerFunction } from '../common/handler-function.ts';
import { Problems } from '../common/problems.ts';
import { dataRemoval } from '../common/removal.ts';
import { FailureStore } from './failure-store.ts';
import { consumerMetric, type StreamAlarmName, streamAlarms } from './stream-alarms.ts';

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
   * How long the stream keeps a record: the time there is to mend a consumer.
   * @default - 48 hours
   */
  readonly retention?: Duration;
  /**
   * Most records of one invocation.
   * @default 100
   */
  readonly batchSize?: number;
  /**
   * Invocations of one shard at a time; order holds for each partition key.
   * @default 4
   */
  readonly parallelizationFactor?: number;
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
  readonly stream: Stream;
  readonly consumer: HandlerFunction;
  /** Where failed records are, with a queue of pointers to them. */
  readonly failures: FailureStore;
  /** Alarms of the stream; those of the consumer's function are in `consumer.alarms`. */
  readonly alarms: Readonly<Record<StreamAlarmName, Alarm>>;

  constructor(scope: Construct, id: string, props: StreamIngestionProps) {
    super(scope, id);
    const { retention = Duration.hours(48), silenceAfter = Duration.minutes(30) } = props;
    checkProps(props, retention, silenceAfter);

    this.stream = new Stream(this, 'Stream', {
      streamMode: StreamMode.ON_DEMAND,
      encryption: StreamEncryption.KMS,
      encryptionKey: props.encryptionKey,
      retentionPeriod: retention,
      removalPolicy: dataRemoval(this, props.destroyData),
    });
    acknowledge(this.stream, { 'AwsSolutions-KDS3': "Encrypted with the customer's key instead of AWS's" });
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
    this.alarms = streamAlarms(this, {
      topic: props.alarmTopic,
      stream: this.stream,
      consumer: this.consumer,
      queue: this.failures.queue,
      deadLetters: this.failures.deadLetters,
      mostQuarantined: props.mostQuarantined ?? 100,
      eventSourceMappingId: this.#consume(props, retention),
      retention,
      silenceAfter,
    });
  }

  /** Lets a principal put records on the stream. */
  grantPut(grantee: IGrantable): Grant {
    this.stream.encryptionKey?.grant(grantee, 'kms:GenerateDataKey');
    return this.stream.grant(grantee, 'kinesis:PutRecord', 'kinesis:PutRecords');
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

  /** Maps the stream to the consumer. @returns the mapping's id */
  #consume(props: StreamIngestionProps, retention: Duration): string {
    const source = new KinesisEventSource(this.stream, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: props.batchSize ?? 100,
      parallelizationFactor: props.parallelizationFactor ?? 4,
      retryAttempts: props.retryAttempts ?? 5,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      maxRecordAge: retention,
      onFailure: wholeRecordsTo(this.failures.bucket),
      metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
    });
    this.consumer.function.addEventSource(source);
    return source.eventSourceMappingId;
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

function checkProps(props: StreamIngestionProps, retention: Duration, silenceAfter: Duration): void {
  const { batchSize = 100, parallelizationFactor = 4, retryAttempts = 5, mostQuarantined = 100 } = props;
  new Problems('StreamIngestion')
    .within('retention, in hours,', retention.toHours(), 24, 8760)
    .within('silenceAfter, in minutes,', silenceAfter.toMinutes(), 1, 1440)
    .within('batchSize', batchSize, 1, 10_000)
    .within('parallelizationFactor', parallelizationFactor, 1, 10)
    .within('retryAttempts', retryAttempts, 0, 10_000)
    .within('mostQuarantined', mostQuarantined, 1, 1_000_000)
    .throwIfAny();
}
