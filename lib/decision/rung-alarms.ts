import { type Alarm, type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { RungName } from '../../lambdas/patterns/decision/rungs.ts';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';

export type RungAlarmName =
  | 'modelPassedOver'
  | 'scorecardDecides'
  | 'rulesDecide'
  | 'referredUnscored'
  | 'applicationsKept'
  | 'modeUnknown';

/** Metrics that whoever decides writes, by its `service`. */
export function decisionMetric(service: string, metricName: string, dimensions: Record<string, string> = {}): Metric {
  const dimensionsMap = { service, ...dimensions };
  return new Metric({ namespace: 'Seaworthy', metricName, dimensionsMap, statistic: 'Sum', period: alarmPeriod });
}

/** Applications by the rung that dealt with them. */
export function rungMetric(service: string, rung: RungName): Metric {
  return decisionMetric(service, 'ApplicationsDealtWith', { rung });
}

/** One alarm for each rung, as `schemas/rungs.json` names them, and one for the mode. */
export function rungAlarms(scope: Construct, topic: ITopic, service: string): Readonly<Record<RungAlarmName, Alarm>> {
  const threeOfFive = { evaluationPeriods: 5, datapointsToAlarm: 3 };
  const used = (metric: IMetric) => ({ metric, threshold: 1, ...threeOfFive });
  return createAlarms<RungAlarmName>(scope, topic, 'decision-service', {
    modelPassedOver: {
      metric: decisionMetric(service, 'ModelPassedOver'),
      meaning: 'The model did not decide on applications that it was asked about: a rung below it did.',
      threshold: 5,
      ...threeOfFive,
    },
    scorecardDecides: {
      ...used(rungMetric(service, 'scorecard')),
      meaning: 'The scorecard inside the function decides, because the model does not answer or the mode is degraded.',
    },
    rulesDecide: {
      ...used(rungMetric(service, 'rules')),
      meaning: 'The policy rule declines: neither the model nor the scorecard answers.',
      severity: 'page',
    },
    referredUnscored: {
      ...used(decisionMetric(service, 'ReferredUnscored')),
      meaning: 'Applications go to people without any score: no automatic rung answers.',
      severity: 'page',
    },
    applicationsKept: {
      metric: rungMetric(service, 'refusal'),
      meaning: 'Applications are kept instead of decided: the mode is stop, or no case can be opened.',
      why: 'Applicants wait until it is over; nothing is lost.',
      severity: 'page',
      threshold: 1,
    },
    modeUnknown: {
      metric: decisionMetric(service, 'ModeUnknown'),
      meaning: 'Instances can not read the mode of deciding: people decide until they can.',
      severity: 'page',
      threshold: 1,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
    },
  });
}
