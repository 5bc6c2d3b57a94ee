import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { PoisonClass } from '../../lambdas/patterns/poison/classes.ts';
import type { HandlerFunction } from '../common/handler-function.ts';
import { type AlarmSpecification, alarmPeriod } from '../monitoring/alarms.ts';

/** One alarm for each class of failure, so that a class without one does not compile. */
const classAlarms = {
  malformed: {
    name: 'malformed',
    meaning: 'Records that are not JSON went to the failure bucket.',
    threshold: 1,
  },
  'schema-invalid': {
    name: 'schemaInvalid',
    meaning: 'Records that are not what the schema asks for went to the failure bucket.',
    threshold: 1,
  },
  oversized: {
    name: 'oversized',
    meaning: 'Records larger than any application can be went to the failure bucket.',
    threshold: 1,
  },
  'policy-blocked': {
    name: 'policyBlocked',
    meaning: 'Applications that a policy does not let be decided wait in the failure bucket.',
    threshold: 1,
  },
  transient: {
    name: 'transient',
    meaning: 'Records fail for a passing reason and are delivered again.',
    threshold: 10,
    evaluationPeriods: 3,
  },
  unknown: {
    name: 'unknown',
    meaning: 'Records fail for a reason that nobody foresaw: a right is missing, or the code is wrong.',
    severity: 'page',
    threshold: 3,
    evaluationPeriods: 2,
  },
} as const satisfies Readonly<Record<PoisonClass, Omit<AlarmSpecification, 'metric'> & { readonly name: string }>>;

type ClassAlarmName = (typeof classAlarms)[PoisonClass]['name'];
export type FailureAlarmName = ClassAlarmName | 'quarantineDepth' | 'quarantineAge' | 'deadPointers';

export interface FailureAlarmsProps {
  readonly consumer: HandlerFunction;
  readonly queue: IQueue;
  readonly deadLetters: IQueue;
  /** So many records may wait for redrive before an alarm rings. */
  readonly mostQuarantined: number;
}

/** What rings when records fail, by class, and when nobody deals with them. */
export function failureAlarms(props: FailureAlarmsProps): Readonly<Record<FailureAlarmName, AlarmSpecification>> {
  return {
    ...byClass(props.consumer),
    quarantineDepth: {
      metric: props.queue.metricApproximateNumberOfMessagesVisible({ period: alarmPeriod, statistic: 'Maximum' }),
      meaning: 'More failed records wait for redrive than can be looked at one by one.',
      threshold: props.mostQuarantined,
    },
    quarantineAge: {
      metric: props.queue.metricApproximateAgeOfOldestMessage({ period: alarmPeriod, statistic: 'Maximum' }),
      meaning: 'A failed record has waited for a day: an applicant waits with it.',
      threshold: Duration.days(1).toSeconds(),
    },
    deadPointers: {
      metric: props.deadLetters.metricApproximateNumberOfMessagesVisible({ period: alarmPeriod, statistic: 'Maximum' }),
      meaning: 'Failed records were looked at a thousand times and are still there.',
      threshold: 1,
    },
  };
}

function byClass(consumer: HandlerFunction): Readonly<Record<ClassAlarmName, AlarmSpecification>> {
  const entries = Object.entries(classAlarms).map(([failure, { name, ...alarm }]) => [
    name,
    { ...alarm, metric: failuresMetric(consumer, failure) },
  ]);
  return Object.fromEntries(entries) as Record<ClassAlarmName, AlarmSpecification>;
}

/** Failed records of one class, per period: the consumer's handler counts them. */
function failuresMetric(consumer: HandlerFunction, failure: string): Metric {
  return new Metric({
    namespace: 'Seaworthy',
    metricName: 'RecordsFailed',
    dimensionsMap: { service: consumer.service, class: failure },
    statistic: 'Sum',
    period: alarmPeriod,
  });
}
