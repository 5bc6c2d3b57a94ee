import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { type IStream, Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource, S3OnFailureDestination } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { HandlerFunction } from '../common/handler-function.ts';
import { Problems } from '../common/problems.ts';
import { dataRemoval } from '../common/removal.ts';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';

export interface StreamIngestionProps {
  /** Name of the bundled handler that consumes the stream. */
  readonly handler: string;
  /** What the handler needs beside `FAILURE_BUCKET`, which this construct gives it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /** Receives the failure bucket's access log. */
  readonly accessLogs: s3.IBucket;
  /** @default - the consumer runs outside of any VPC */
  readonly vpc?: ec2.IVpc;
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
   * Whether data goes with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

type AlarmName =
  | 'iteratorAge'
  | 'consumerErrors'
  | 'consumerThrottles'
  | 'recordsFailed'
  | 'recordsQuarantined'
  | 'writeThrottles'
  | 'silence';

/**
 * A stream whose records reach their handler, or the failure bucket, whole and with a reason; never nothing.
 *
 * The handler reports the records that failed; those are delivered again, alone, as often as `retryAttempts` says.
 */
export class StreamIngestion extends Construct {
  readonly stream: Stream;
  readonly consumer: HandlerFunction;
  readonly failureBucket: s3.Bucket;
  readonly alarms: Readonly<Record<AlarmName, Alarm>>;

  constructor(scope: Construct, id: string, props: StreamIngestionProps) {
    super(scope, id);
    const { retention = Duration.hours(48), batchSize = 100, parallelizationFactor = 4, retryAttempts = 5 } = props;
    const { silenceAfter = Duration.minutes(30), failureRetention = Duration.days(30) } = props;
    new Problems('StreamIngestion')
      .check(
        retention.toHours() >= 24 && retention.toHours() <= 8760,
        'retention',
        `${retention}`,
        'set 24 to 8760 hours',
      )
      .check(batchSize >= 1 && batchSize <= 10_000, 'batchSize', batchSize, 'set 1 to 10000')
      .check(
        parallelizationFactor >= 1 && parallelizationFactor <= 10,
        'parallelizationFactor',
        parallelizationFactor,
        'set 1 to 10',
      )
      .check(
        retryAttempts >= 0 && retryAttempts <= 10_000,
        'retryAttempts',
        retryAttempts,
        'set 0 to 10000: without a limit a record blocks its shard',
      )
      .check(
        silenceAfter.toMinutes() >= 1 && silenceAfter.toMinutes() <= 1440,
        'silenceAfter',
        `${silenceAfter}`,
        'set 1 minute to 1 day',
      )
      .throwIfAny();

    this.stream = new Stream(this, 'Stream', {
      streamMode: StreamMode.ON_DEMAND,
      encryption: StreamEncryption.KMS,
      encryptionKey: props.encryptionKey,
      retentionPeriod: retention,
      removalPolicy: dataRemoval(this, props.destroyData),
    });
    this.failureBucket = new s3.Bucket(this, 'FailureBucket', {
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: props.encryptionKey,
      bucketKeyEnabled: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      lifecycleRules: [{ expiration: failureRetention, noncurrentVersionExpiration: Duration.days(1) }],
      serverAccessLogsBucket: props.accessLogs,
      serverAccessLogsPrefix: 'failures/',
      removalPolicy: dataRemoval(this, props.destroyData),
    });
    this.consumer = new HandlerFunction(this, 'Consumer', {
      handler: props.handler,
      environment: { ...props.environment, FAILURE_BUCKET: this.failureBucket.bucketName },
      encryptionKey: props.encryptionKey,
      timeout: Duration.minutes(1),
      ...(props.vpc !== undefined && { vpc: props.vpc }),
    });
    this.failureBucket.grantPut(this.consumer.function);
    this.consumer.function.addEventSource(
      new KinesisEventSource(this.stream, {
        startingPosition: lambda.StartingPosition.TRIM_HORIZON,
        batchSize,
        parallelizationFactor,
        retryAttempts,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        maxRecordAge: retention,
        onFailure: new S3OnFailureDestination(this.failureBucket),
      }),
    );
    this.alarms = this.#createAlarms(props.alarmTopic, retention, silenceAfter);
  }

  /** Lets a principal put records on the stream. */
  grantPut(grantee: Parameters<IStream['grantWrite']>[0]) {
    return this.stream.grantWrite(grantee);
  }

  /** A metric of the consumer, per period: `ApplicationsDecided`, `RecordsQuarantined`, `RecordsFailed`, ... */
  metricConsumer(metricName: string): Metric {
    return new Metric({
      namespace: 'Seaworthy',
      metricName,
      dimensionsMap: { service: this.consumer.service },
      statistic: 'Sum',
      period: alarmPeriod,
    });
  }

  #createAlarms(topic: ITopic, retention: Duration, silenceAfter: Duration) {
    const consumer = this.consumer.function;
    const options = { period: alarmPeriod };
    return createAlarms<AlarmName>(this, topic, 'stream-ingestion', {
      iteratorAge: {
        metric: this.stream.metricGetRecordsIteratorAgeMilliseconds({ ...options, statistic: 'Maximum' }),
        meaning: 'The consumer is behind by a quarter of the time that the stream keeps records.',
        threshold: retention.toMilliseconds() / 4,
        evaluationPeriods: 3,
      },
      consumerErrors: {
        metric: consumer.metricErrors(options),
        meaning: 'Invocations of the consumer fail: whole batches are delivered again.',
        threshold: 1,
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
      },
      consumerThrottles: {
        metric: consumer.metricThrottles(options),
        meaning: 'The consumer is refused concurrency.',
        threshold: 1,
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
      },
      recordsFailed: {
        metric: this.metricConsumer('RecordsFailed'),
        meaning: 'Records fail for a passing reason and are delivered again.',
        threshold: 10,
        evaluationPeriods: 3,
      },
      recordsQuarantined: {
        metric: this.metricConsumer('RecordsQuarantined'),
        meaning: 'Records that can never be decided as they are went to the failure bucket.',
        threshold: 1,
      },
      writeThrottles: {
        metric: this.stream.metricWriteProvisionedThroughputExceeded({ ...options, statistic: 'Sum' }),
        meaning: 'The stream refuses records: senders get errors.',
        threshold: 1,
        evaluationPeriods: 3,
        datapointsToAlarm: 2,
      },
      silence: {
        metric: this.stream.metricIncomingRecords({ statistic: 'Sum', period: silenceAfter }),
        meaning: 'No record came in the time in which some are expected.',
        comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
        threshold: 1,
        ringsWhenMissing: true,
      },
    });
  }
}
