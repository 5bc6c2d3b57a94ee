import { Duration } from 'aws-cdk-lib';
import { type Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { FeatureWriterEnvironment } from '../../lambdas/feature-writer/environment.ts';
import { HandlerFunction } from '../common/handler-function.ts';
import { Problems } from '../common/problems.ts';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';
import type { OnlineFeatures } from './online-features.ts';

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
 * It never gives a record up: it tries again for as long as the stream has it, and holds up nobody but itself.
 */
export class FeatureWriter extends Construct {
  readonly handler: HandlerFunction;
  readonly alarms: Readonly<Record<AlarmName, Alarm>>;

  constructor(scope: Construct, id: string, props: FeatureWriterProps) {
    super(scope, id);
    const { features, behindAfter = Duration.hours(1) } = props;
    new Problems('FeatureWriter').within('behindAfter, in minutes,', behindAfter.toMinutes(), 1, 1440).throwIfAny();
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
    this.handler.function.addEventSource(
      new KinesisEventSource(props.stream, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        // Two invocations of a shard would meet at the same counters.
        parallelizationFactor: 1,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
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
