import { Duration } from 'aws-cdk-lib';
import { type Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { FeatureWriterEnvironment } from '../../lambdas/feature-writer/environment.ts';
import { dataBucket } from '../common/data-bucket.ts';
import { HandlerFunction } from '../common/handler-function.ts';
import { Problems } from '../common/problems.ts';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';
import type { OnlineFeatures } from './online-features.ts';
import { wholeRecordsTo } from './stream-ingestion.ts';

export interface FeatureWriterProps {
  /** The stream of applications. */
  readonly stream: IStream;
  /** Where they are counted. */
  readonly features: OnlineFeatures;
  /** Makes the key of the applicants' pseudonyms. */
  readonly pseudonymKey: IKey;
  /** Encrypts the handler's log. */
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /** Receives the access log of the bucket for what was given up. */
  readonly accessLogs: IBucket;
  /**
   * Age at which a record that can't be counted is given up; less than the stream keeps it.
   * @default - 47 hours
   */
  readonly giveUpAfter?: Duration;
  /**
   * Whether what was given up goes with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
  /**
   * How far behind the stream the counts may be before an alarm rings. They matter from the next day on.
   * @default - 1 hour
   */
  readonly behindAfter?: Duration;
}

type AlarmName = 'notCounted' | 'behind';

/**
 * Counts the applications of a stream for the online features, beside whatever else reads the stream.
 *
 * It tries again for as long as the stream has a record, and holds up nobody but itself. What it gives up is kept whole
 * for a month; the back-fill counts it too.
 */
export class FeatureWriter extends Construct {
  readonly handler: HandlerFunction;
  /** Records that were given up, whole. */
  readonly givenUp: Bucket;
  readonly alarms: Readonly<Record<AlarmName, Alarm>>;

  constructor(scope: Construct, id: string, props: FeatureWriterProps) {
    super(scope, id);
    const { features, behindAfter = Duration.hours(1), giveUpAfter = Duration.hours(47) } = props;
    new Problems('FeatureWriter')
      .within('behindAfter, in minutes,', behindAfter.toMinutes(), 1, 1440)
      .within('giveUpAfter, in hours,', giveUpAfter.toHours(), 1, 8759)
      .throwIfAny();
    const environment: FeatureWriterEnvironment = {
      FEATURES_TABLE: features.table.tableName,
      FEATURES_SINCE: features.since,
      PSEUDONYM_KEY_ID: props.pseudonymKey.keyArn,
    };
    this.handler = new HandlerFunction(this, 'Handler', {
      handler: 'feature-writer',
      environment,
      encryptionKey: props.encryptionKey,
      alarmTopic: props.alarmTopic,
      timeout: Duration.minutes(1),
    });
    features.grantCount(this.handler);
    props.pseudonymKey.grant(this.handler, 'kms:GenerateMac');
    this.givenUp = dataBucket(this, 'GivenUp', {
      encryptionKey: props.encryptionKey,
      accessLogs: props.accessLogs,
      accessLogsPrefix: 'features/',
      lifecycleRules: [{ expiration: Duration.days(30), noncurrentVersionExpiration: Duration.days(1) }],
      destroyData: props.destroyData,
    });
    this.handler.function.addEventSource(
      new KinesisEventSource(props.stream, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        // Two invocations of a shard would meet at the same counters.
        parallelizationFactor: 1,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        maxRecordAge: giveUpAfter,
        onFailure: wholeRecordsTo(this.givenUp),
      }),
    );
    this.alarms = this.#createAlarms(props.alarmTopic, behindAfter);
  }

  /** A metric that the handler writes itself, summed per minute. */
  metric(metricName: 'EventsCounted' | 'EventsNotCounted'): Metric {
    const dimensionsMap = { service: this.handler.service };
    return new Metric({ namespace: 'Seaworthy', metricName, dimensionsMap, statistic: 'Sum', period: alarmPeriod });
  }

  #createAlarms(topic: ITopic, behindAfter: Duration) {
    return createAlarms<AlarmName>(this, topic, 'online-features', {
      notCounted: {
        metric: this.metric('EventsNotCounted'),
        meaning: 'Applications can not be counted for the online features; they are tried again.',
        threshold: 1,
        evaluationPeriods: 15,
        datapointsToAlarm: 10,
      },
      behind: {
        metric: this.handler.function.metric('IteratorAge', { period: alarmPeriod, statistic: 'Maximum' }),
        meaning: 'The counts of the online features are behind the stream: decisions of tomorrow will miss some.',
        threshold: behindAfter.toMilliseconds(),
        evaluationPeriods: 3,
      },
    });
  }
}
