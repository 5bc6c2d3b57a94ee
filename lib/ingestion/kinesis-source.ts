import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { type IStream, Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import { MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Construct } from 'constructs';
import { acknowledge } from '../common/acknowledge.ts';
import type { HandlerFunction } from '../common/handler-function.ts';
import { Problems } from '../common/problems.ts';
import { dataRemoval } from '../common/removal.ts';
import { alarmPeriod } from '../monitoring/alarms.ts';
import type { BindOptions, BoundSource, IStreamSource, SourceAlarms } from './stream-source.ts';

export interface KinesisOptions {
  /**
   * How long the stream keeps a record: the time there is to mend a consumer.
   * @default - 48 hours
   */
  readonly retention?: Duration;
  /**
   * Invocations of one shard at a time; order holds for each partition key.
   * @default 4
   */
  readonly parallelizationFactor?: number;
}

const options = { period: alarmPeriod, statistic: 'Sum' };

/** A Kinesis stream of its own. @throws Error that lists every wrong option */
export function kinesisSource({
  retention = Duration.hours(48),
  parallelizationFactor = 4,
}: KinesisOptions): IStreamSource {
  new Problems('StreamSource.kinesis')
    .within('retention, in hours,', retention.toHours(), 24, 8760)
    .within('parallelizationFactor', parallelizationFactor, 1, 10)
    .throwIfAny();
  return { bind: (scope, bound) => bind(scope, bound, retention, parallelizationFactor) };
}

function bind(
  scope: Construct,
  { encryptionKey, destroyData }: BindOptions,
  retention: Duration,
  parallelizationFactor: number,
): BoundSource {
  const stream = new Stream(scope, 'Stream', {
    streamMode: StreamMode.ON_DEMAND,
    encryption: StreamEncryption.KMS,
    encryptionKey,
    retentionPeriod: retention,
    removalPolicy: dataRemoval(scope, destroyData),
  });
  acknowledge(stream, { 'AwsSolutions-KDS3': "Encrypted with the customer's key instead of AWS's" });
  return {
    stream,
    read: ({ consumer, batchSize, window, retryAttempts, failedItems, onFailure }) => {
      const source = new KinesisEventSource(stream, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize,
        parallelizationFactor,
        retryAttempts,
        maxBatchingWindow: window,
        bisectBatchOnError: failedItems === 'reported',
        reportBatchItemFailures: failedItems === 'reported',
        maxRecordAge: retention,
        onFailure,
        metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
      });
      consumer.function.addEventSource(source);
      return source.eventSourceMappingId;
    },
    alarms: (consumer, _mapping, silenceAfter) => alarmsOf(stream, consumer, retention, silenceAfter),
    grantPut: (grantee) => {
      stream.encryptionKey?.grant(grantee, 'kms:GenerateDataKey');
      return stream.grant(grantee, 'kinesis:PutRecord');
    },
  };
}

function alarmsOf(
  stream: IStream,
  consumer: HandlerFunction,
  retention: Duration,
  silenceAfter: Duration,
): SourceAlarms {
  return {
    behind: {
      metric: consumer.function.metric('IteratorAge', { period: alarmPeriod, statistic: 'Maximum' }),
      meaning: 'The consumer is behind by a quarter of the time that the stream keeps records.',
      severity: 'page',
      threshold: retention.toMilliseconds() / 4,
      evaluationPeriods: 3,
    },
    stalled: {
      metric: unread(stream, consumer),
      meaning: 'Records come and the consumer is not invoked: the mapping is disabled or blocked.',
      severity: 'page',
      threshold: 1,
      evaluationPeriods: 5,
    },
    writeThrottles: {
      metric: stream.metricWriteProvisionedThroughputExceeded(options),
      meaning: 'The stream refuses records: senders get errors.',
      threshold: 1,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
    },
    silence: {
      metric: stream.metricIncomingRecords({ ...options, period: silenceAfter }),
      meaning: 'No record came in the time in which some are expected.',
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      ringsWhenMissing: true,
    },
  };
}

/** 1 in a minute in which records came and none was read. */
function unread(stream: IStream, consumer: HandlerFunction): MathExpression {
  return new MathExpression({
    expression: 'IF(FILL(incoming, 0) > 0 AND FILL(invocations, 0) < 1, 1, 0)',
    usingMetrics: {
      incoming: stream.metricIncomingRecords(options),
      invocations: consumer.function.metricInvocations(options),
    },
    label: 'records that nobody reads',
    period: alarmPeriod,
  });
}
