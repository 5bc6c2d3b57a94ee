import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';

export type TrainingAlarmName = 'failed' | 'timedOut' | 'throttled';

export function trainingAlarms(
  scope: Construct,
  topic: ITopic,
  pipeline: StateMachine,
): Readonly<Record<TrainingAlarmName, Alarm>> {
  const options = { period: alarmPeriod };
  return createAlarms<TrainingAlarmName>(scope, topic, 'training-pipeline', {
    failed: {
      metric: pipeline.metricFailed(options),
      meaning: 'A training ended with an error: no new version, or one that is approved and not served.',
      why: 'The champion goes on deciding, and gets older than was planned.',
      threshold: 1,
    },
    timedOut: {
      metric: pipeline.metricTimedOut(options),
      meaning: 'A training took longer than it may and was stopped.',
      threshold: 1,
    },
    throttled: {
      metric: pipeline.metricThrottled(options),
      meaning: 'Step Functions slows the trainings down.',
      threshold: 1,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
    },
  });
}
