import { Duration } from 'aws-cdk-lib';
import { type Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { HandlerFunction } from '../common/handler-function.ts';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';

export type ReviewAlarmName =
  | 'queueAge'
  | 'backlog'
  | 'nobodyThere'
  | 'expired'
  | 'rubberStamping'
  | 'knownCasesMissed'
  | 'modelDisputed'
  | 'apiErrors';

export interface ReviewAlarmsProps {
  readonly topic: ITopic;
  readonly settle: HandlerFunction;
  readonly watch: HandlerFunction;
  readonly apiId: string;
  readonly stageName: string;
  /** Age of the oldest case at which the queue is too old. */
  readonly oldest: Duration;
  /** Cases at which the queue is too long. */
  readonly longest: number;
  readonly presence: Duration;
}

/** The alarms of human oversight: is anybody there, do they keep up, and do they look? */
export function reviewAlarms(scope: Construct, props: ReviewAlarmsProps): Readonly<Record<ReviewAlarmName, Alarm>> {
  const { settle, watch } = props;
  const hourly = { period: Duration.hours(1) };
  return createAlarms<ReviewAlarmName>(scope, props.topic, 'human-review', {
    queueAge: {
      metric: ownMetric(watch, 'QueueAge', 'Maximum'),
      meaning: 'The oldest case has waited too long for a person.',
      why: 'An applicant waits for an answer, and the case expires if nobody decides.',
      threshold: props.oldest.toSeconds(),
      evaluationPeriods: 3,
      ringsWhenMissing: true,
    },
    backlog: {
      metric: ownMetric(watch, 'QueueLength', 'Maximum'),
      meaning: 'More cases wait than the reviewers can decide in time.',
      threshold: props.longest,
      evaluationPeriods: 3,
    },
    nobodyThere: {
      metric: ownMetric(watch, 'NobodyThere', 'Maximum'),
      meaning: `Cases wait, and no reviewer was there for ${props.presence.toMinutes()} minutes.`,
      severity: 'page',
      threshold: 1,
      evaluationPeriods: 15,
    },
    expired: {
      metric: ownMetric(settle, 'CasesExpired', 'Sum'),
      meaning: 'A case was declined because nobody decided it in time.',
      why: 'An applicant was declined without a person having looked.',
      severity: 'page',
      threshold: 1,
    },
    rubberStamping: {
      metric: ownMetric(settle, 'OpinionsTooFast', 'Sum').with(hourly),
      meaning: 'Verdicts are given faster than a case can be read.',
      why: 'Oversight that does not look is none.',
      threshold: 3,
    },
    knownCasesMissed: {
      metric: ownMetric(settle, 'KnownCasesMissed', 'Sum').with(hourly),
      meaning: 'A reviewer missed the verdict of an inserted case that is known.',
      threshold: 1,
    },
    modelDisputed: {
      metric: ownMetric(settle, 'Overrides', 'Average').with(hourly),
      meaning: 'People decide against the model in most of the cases.',
      why: 'The model is off, or its threshold.',
      threshold: 0.75,
      minimumSamples: 20,
    },
    apiErrors: {
      metric: new Metric({
        namespace: 'AWS/ApiGateway',
        metricName: '5xx',
        dimensionsMap: { ApiId: props.apiId, Stage: props.stageName },
        statistic: 'Sum',
        period: alarmPeriod,
      }),
      meaning: 'The review API answers with errors: reviewers cannot decide.',
      threshold: 1,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
    },
  });
}

/** A metric that a handler writes itself. */
export function ownMetric({ service }: HandlerFunction, metricName: string, statistic: string): Metric {
  return new Metric({
    namespace: 'Seaworthy',
    metricName,
    dimensionsMap: { service },
    statistic,
    period: alarmPeriod,
  });
}
