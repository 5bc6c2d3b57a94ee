import { Duration, type Stack } from 'aws-cdk-lib';
import { AlarmRule, CompositeAlarm, type IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { alarmRecords, runbooks } from './alarms.ts';

export interface StacksAtRiskProps {
  /** From what the others stand on to what stands on them. One without an alarm that wakes somebody is passed over. */
  readonly stacks: readonly Stack[];
  readonly topic: ITopic;
}

/**
 * One composite alarm for each stack, over its alarms that wake somebody. While a stack is at risk, those that stand on it
 * keep quiet: what they would say follows from it.
 */
export function stacksAtRisk(scope: Construct, { stacks, topic }: StacksAtRiskProps): CompositeAlarm[] {
  const urgent = stacks.map((stack) => ({
    stack,
    alarms: alarmRecords(stack)
      .filter(isUrgent)
      .map(({ alarm }) => alarm),
  }));
  const made: CompositeAlarm[] = [];
  for (const { stack, alarms } of urgent.filter(({ alarms }) => alarms.length > 0)) {
    const id = stack.node.id;
    const below =
      made.length > 1 ? anyOf(scope, `Below${id}`, made, 'Keeps what stands on these stacks quiet.') : made[0];
    made.push(atRisk(scope, `${id}AtRisk`, alarms, topic, below));
  }
  return made;
}

function atRisk(
  scope: Construct,
  id: string,
  alarms: readonly IAlarm[],
  topic: ITopic,
  below?: IAlarm,
): CompositeAlarm {
  const composite = new CompositeAlarm(scope, id, {
    alarmDescription: `A part that others stand on does not do its work. ${runbooks}/service.md#stack-at-risk`,
    alarmRule: AlarmRule.anyOf(...alarms),
    actionsSuppressor: below,
    // Alarms of one cause do not ring in the same minute.
    actionsSuppressorWaitPeriod: below && Duration.minutes(2),
    actionsSuppressorExtensionPeriod: below && Duration.minutes(3),
  });
  notify(composite, topic);
  return composite;
}

/** One alarm over several others. Without an action it serves other alarms only. */
export function anyOf(scope: Construct, id: string, alarms: readonly IAlarm[], description: string): CompositeAlarm {
  return new CompositeAlarm(scope, id, { alarmDescription: description, alarmRule: AlarmRule.anyOf(...alarms) });
}

/** Lets an alarm notify a topic when it rings and when it is over. */
export function notify(alarm: CompositeAlarm, topic: ITopic): void {
  const action = new SnsAction(topic);
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
}

function isUrgent({ severity }: { readonly severity: string }): boolean {
  return severity === 'page';
}
