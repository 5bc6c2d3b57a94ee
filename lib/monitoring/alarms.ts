import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** What an alarm watches, and what it means for whoever it wakes. */
export interface AlarmSpecification {
  readonly metric: IMetric;
  /** What has happened, in a sentence. */
  readonly meaning: string;
  /** The alarm rings when the metric compares so with this. */
  readonly threshold: number;
  /** @default - greater than or equal to the threshold */
  readonly comparison?: ComparisonOperator;
  /** @default - 1 */
  readonly evaluationPeriods?: number;
  /** @default - all evaluation periods */
  readonly datapointsToAlarm?: number;
  /**
   * Whether silence rings as well.
   * @default false
   */
  readonly ringsWhenMissing?: boolean;
}

/** Where every alarm's description sends its reader: one page per family of alarms. */
export const runbooks = 'docs/runbooks';

/** The period over which alarms' metrics are gathered. */
export const alarmPeriod = Duration.minutes(1);

/**
 * Makes a construct's alarms from a table: each notifies the topic when it rings and when it is over, and names its
 * place in the runbook.
 *
 * @param family the runbook's page; an alarm's entry there is `<family>.md#<name>`
 */
export function createAlarms<Name extends string>(
  scope: Construct,
  topic: ITopic,
  family: string,
  specifications: Readonly<Record<Name, AlarmSpecification>>,
): Readonly<Record<Name, Alarm>> {
  const parent = new Construct(scope, 'Alarms');
  const action = new SnsAction(topic);
  const entries = (Object.entries(specifications) as [Name, AlarmSpecification][]).map(([name, specification]) => {
    const alarm = new Alarm(parent, capitalised(name), {
      metric: specification.metric,
      alarmDescription: `${specification.meaning} ${runbooks}/${family}.md#${kebab(name)}`,
      threshold: specification.threshold,
      comparisonOperator: specification.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: specification.evaluationPeriods ?? 1,
      datapointsToAlarm: specification.datapointsToAlarm,
      treatMissingData:
        specification.ringsWhenMissing === true ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return [name, alarm] as const;
  });
  return Object.fromEntries(entries) as Record<Name, Alarm>;
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
