import { type Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { HandlerFunction } from '../common/handler-function.ts';
import { type AlarmSpecification, alarmPeriod, createAlarms } from '../monitoring/alarms.ts';
import { type FailureAlarmName, type FailureAlarmsProps, failureAlarms } from './failure-alarms.ts';
import type { SourceAlarmName, SourceAlarms } from './stream-source.ts';

export type StreamAlarmName = FailureAlarmName | SourceAlarmName | 'batchesGivenUp' | 'recordsDropped';

/** Alarms by name; a source of Kafka has none for throttled writes. */
export type StreamAlarms = Readonly<Record<StreamAlarmName, Alarm>> & { readonly writeThrottles?: Alarm };

export interface StreamAlarmsProps extends FailureAlarmsProps {
  readonly topic: ITopic;
  /** Identifies the mapping of the stream to the consumer. */
  readonly eventSourceMappingId: string;
  /** The alarms that the source has on its reading. */
  readonly source: SourceAlarms;
}

const options = { period: alarmPeriod, statistic: 'Sum' };

/** The alarms of a stream and of its reading. Those of the consumer as a function are the consumer's own. */
export function streamAlarms(scope: Construct, props: StreamAlarmsProps): StreamAlarms {
  const specifications: Readonly<Record<StreamAlarmName, AlarmSpecification>> = {
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
    ...props.source,
  };
  return createAlarms(scope, props.topic, 'stream-ingestion', specifications);
}

/** A metric that the consumer's handler writes itself, per period. */
export function consumerMetric(consumer: HandlerFunction, metricName: string): Metric {
  const dimensionsMap = { service: consumer.service };
  return new Metric({ namespace: 'Seaworthy', metricName, dimensionsMap, ...options });
}

function mappingMetric(eventSourceMappingId: string, metricName: string): Metric {
  const dimensionsMap = { EventSourceMappingUUID: eventSourceMappingId };
  return new Metric({ namespace: 'AWS/Lambda', metricName, dimensionsMap, ...options });
}
