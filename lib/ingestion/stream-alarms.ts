import type { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { HandlerFunction } from '../common/handler-function.ts';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';
import { type FailureAlarmName, type FailureAlarmsProps, failureAlarms } from './failure-alarms.ts';

export type StreamAlarmName =
  | FailureAlarmName
  | 'behind'
  | 'stalled'
  | 'batchesGivenUp'
  | 'recordsDropped'
  | 'writeThrottles'
  | 'silence';

export interface StreamAlarmsProps extends FailureAlarmsProps {
  readonly topic: ITopic;
  readonly stream: IStream;
  /** Identifies the mapping of the stream to the consumer. */
  readonly eventSourceMappingId: string;
  /** How long the stream keeps a record. */
  readonly retention: Duration;
  readonly silenceAfter: Duration;
}

const options = { period: alarmPeriod, statistic: 'Sum' };

/** The alarms of a stream and of its reading. Those of the consumer as a function are the consumer's own. */
export function streamAlarms(scope: Construct, props: StreamAlarmsProps): Readonly<Record<StreamAlarmName, Alarm>> {
  const { stream, consumer } = props;
  return createAlarms<StreamAlarmName>(scope, props.topic, 'stream-ingestion', {
    behind: {
      metric: consumer.function.metric('IteratorAge', { period: alarmPeriod, statistic: 'Maximum' }),
      meaning: 'The consumer is behind by a quarter of the time that the stream keeps records.',
      severity: 'page',
      threshold: props.retention.toMilliseconds() / 4,
      evaluationPeriods: 3,
    },
    stalled: {
      metric: unread(stream, consumer),
      meaning: 'Records come and the consumer is not invoked: the mapping is disabled or blocked.',
      severity: 'page',
      threshold: 1,
      evaluationPeriods: 5,
    },
    ...failureAlarms(props),
    batchesGivenUp: {
      metric: mappingMetric(props.eventSourceMappingId, 'OnFailureDestinationDeliveredEventCount'),
      meaning: 'Records used up their retries and went to the failure bucket with their batch.',
      threshold: 1,
    },
    recordsDropped: {
      metric: mappingMetric(props.eventSourceMappingId, 'DroppedEventCount'),
      meaning: 'Records were given up and did not reach the failure bucket: they are lost when the stream drops them.',
      severity: 'page',
      threshold: 1,
    },
    writeThrottles: {
      metric: stream.metricWriteProvisionedThroughputExceeded(options),
      meaning: 'The stream refuses records: senders get errors.',
      threshold: 1,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
    },
    silence: {
      metric: stream.metricIncomingRecords({ ...options, period: props.silenceAfter }),
      meaning: 'No record came in the time in which some are expected.',
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      ringsWhenMissing: true,
    },
  });
}

/** A metric that the consumer's handler writes itself, per period. */
export function consumerMetric(consumer: HandlerFunction, metricName: string): Metric {
  const dimensionsMap = { service: consumer.service };
  return new Metric({ namespace: 'Seaworthy', metricName, dimensionsMap, ...options });
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

function mappingMetric(eventSourceMappingId: string, metricName: string): Metric {
  const dimensionsMap = { EventSourceMappingUUID: eventSourceMappingId };
  return new Metric({ namespace: 'AWS/Lambda', metricName, dimensionsMap, ...options });
}
