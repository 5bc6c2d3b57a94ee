import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { createAlarms } from './alarms.ts';
import type { DriftMonitor } from './drift-monitor.ts';

export type DriftAlarmName = 'outcomesRing' | 'populationDrifted' | 'lossBudgetSpent' | 'withoutReference' | 'silence';

/** Hours without a run after which somebody should look: a day, and time to try again. */
const silentHours = 30;

/** The alarms of the drift monitor. Those of its handler as a function are the handler's own. */
export function driftAlarms(
  scope: Construct,
  topic: ITopic,
  monitor: Pick<DriftMonitor, 'metric'>,
): Readonly<Record<DriftAlarmName, Alarm>> {
  return createAlarms<DriftAlarmName>(scope, topic, 'drift', {
    outcomesRing: {
      metric: monitor.metric('OutcomesRing'),
      meaning: 'Far more of the loans that the model approved default than its scores said: people decide from now on.',
      why: 'The score goes on looking well while loans are lost.',
      severity: 'page',
      threshold: 1,
    },
    populationDrifted: {
      metric: monitor.metric('FeaturesDrifted'),
      meaning: 'Others apply than those whom the model has learned from, by more than chance and by enough to matter.',
      threshold: 1,
    },
    lossBudgetSpent: {
      metric: monitor.metric('LossBudgetUsed'),
      meaning: 'Loans that are old enough to judge have cost more than their scores allowed, with what is tolerated.',
      threshold: 100,
    },
    withoutReference: {
      metric: monitor.metric('VersionsWithoutReference'),
      meaning:
        'A version decides that was registered without what is normal for it: nobody can tell whether it drifts.',
      threshold: 1,
    },
    silence: {
      metric: monitor.metric('DriftRuns', 'Sum').with({ period: Duration.hours(1) }),
      meaning: `For ${silentHours} hours nobody has looked whether the world has changed.`,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: silentHours,
      ringsWhenMissing: true,
    },
  });
}
