import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { type AlarmSpecification, alarmPeriod } from './alarms.ts';

const sum = { period: alarmPeriod, statistic: 'Sum' };
const maximum = { period: alarmPeriod, statistic: 'Maximum' };

/** What rings on a queue that somebody should empty. @param oldest age of a message that is too old */
export function queueFamily(queue: IQueue, oldest = Duration.hours(1)): Readonly<Record<'stale', AlarmSpecification>> {
  return {
    stale: {
      metric: queue.metricApproximateAgeOfOldestMessage(maximum),
      meaning: `A message has waited for ${oldest.toHumanString()}: nobody empties the queue, or every attempt fails.`,
      threshold: oldest.toSeconds(),
      evaluationPeriods: 3,
    },
  };
}

/** What rings on a dead-letter queue: whatever comes there waits for a person. */
export function deadLetterFamily(queue: IQueue): Readonly<Record<'deadLetters', AlarmSpecification>> {
  return {
    deadLetters: {
      metric: queue.metricApproximateNumberOfMessagesVisible(maximum),
      meaning: 'Messages were tried as often as allowed and are kept aside; they are lost when they expire.',
      threshold: 1,
    },
  };
}

/** What rings on a state machine, whatever its steps are. */
export function workflowFamily(
  machine: IStateMachine,
): Readonly<Record<'failed' | 'timedOut' | 'throttled', AlarmSpecification>> {
  return {
    failed: {
      metric: machine.metricFailed(sum),
      meaning: 'An execution failed: what it was to bring about has not come about.',
      threshold: 1,
    },
    timedOut: {
      metric: machine.metricTimedOut(sum),
      meaning: 'An execution ran out of its time: whoever waits for its result waits in vain.',
      threshold: 1,
    },
    throttled: {
      metric: machine.metricThrottled(sum),
      meaning: 'Step Functions slows the executions down: everything in them comes late.',
      threshold: 10,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
    },
  };
}

/** What rings on a table. Errors of DynamoDB itself show at its callers, which have alarms of their own. */
export function tableFamily(table: ITable): Readonly<Record<'throttled', AlarmSpecification>> {
  return {
    throttled: {
      metric: new MathExpression({
        expression: 'FILL(reads, 0) + FILL(writes, 0)',
        usingMetrics: {
          reads: table.metric('ReadThrottleEvents', sum),
          writes: table.metric('WriteThrottleEvents', sum),
        },
        label: 'throttled reads and writes',
        period: alarmPeriod,
      }),
      meaning: 'The table refuses reads or writes: its callers try again, and get slow.',
      threshold: 5,
      evaluationPeriods: 3,
    },
  };
}
