import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct, type IConstruct } from 'constructs';

/** What an alarm asks for: that somebody is woken (`page`), or that somebody looks on the next working day (`ticket`). */
export type Severity = 'page' | 'ticket';

/** What an alarm watches, and what it means for whoever it wakes. */
export interface AlarmSpecification {
  readonly metric: IMetric;
  /** What has happened, in a sentence. */
  readonly meaning: string;
  /**
   * Who is harmed by it and how soon, in a sentence.
   * @default - the meaning says it already
   */
  readonly why?: string;
  /**
   * How urgent it is.
   * @default 'ticket'
   */
  readonly severity?: Severity;
  /** The alarm rings when the metric compares so with this. */
  readonly threshold: number;
  /** @default - greater than or equal to the threshold */
  readonly comparison?: ComparisonOperator;
  /** @default - 1 */
  readonly evaluationPeriods?: number;
  /** @default - all evaluation periods */
  readonly datapointsToAlarm?: number;
  /**
   * Samples of a period below which it says nothing: the 99th percentile of three answers is one answer.
   * @default - every period counts
   */
  readonly minimumSamples?: number;
  /**
   * Whether silence rings as well.
   * @default false
   */
  readonly ringsWhenMissing?: boolean;
}

/** An alarm with what is known of it: for dashboards, composite alarms and tests. */
export interface AlarmRecord {
  readonly alarm: Alarm;
  /** Page of the runbook, and the family's name. */
  readonly family: string;
  readonly name: string;
  readonly severity: Severity;
  readonly meaning: string;
  readonly metric: IMetric;
  /** Entry of the runbook: `docs/runbooks/<family>.md#<name>`. */
  readonly runbook: string;
}

/** Where every alarm's description sends its reader: one page per family of alarms. */
export const runbooks = 'docs/runbooks';

/** The period over which alarms' metrics are gathered. */
export const alarmPeriod = Duration.minutes(1);

const records = new WeakMap<IConstruct, AlarmRecord>();

/** The records of all alarms that `createAlarms` made in a scope, in the order of the tree. */
export function alarmRecords(scope: IConstruct): AlarmRecord[] {
  return scope.node.findAll().flatMap((construct) => records.get(construct) ?? []);
}

/**
 * Makes a construct's alarms from a table: each notifies the topic when it rings and when it is over, and names its
 * place in the runbook.
 *
 * @param family the runbook's page; an alarm's entry there is `<family>.md#<name>`
 * @throws Error if `minimumSamples` is asked of a metric that has no samples of its own
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
    const { meaning, severity = 'ticket' } = specification;
    const runbook = `${runbooks}/${family}.md#${kebab(name)}`;
    const alarm = new Alarm(parent, capitalised(name), {
      metric: withEnoughSamples(name, specification),
      alarmDescription: description(specification, severity, runbook),
      threshold: specification.threshold,
      comparisonOperator: specification.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: specification.evaluationPeriods ?? 1,
      datapointsToAlarm: specification.datapointsToAlarm,
      treatMissingData:
        specification.ringsWhenMissing === true ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    records.set(alarm, { alarm, family, name, severity, meaning, metric: specification.metric, runbook });
    return [name, alarm] as const;
  });
  return Object.fromEntries(entries) as Record<Name, Alarm>;
}

/** A notification carries the description and no tags, so the urgency stands here. */
function description({ meaning, why }: AlarmSpecification, severity: Severity, runbook: string): string {
  const urgency = severity === 'page' ? '[page]' : undefined;
  return [urgency, meaning, why, runbook].filter((part) => part !== undefined).join(' ');
}

/** The metric, or nothing in a period of too few samples: what is then missing is treated as the alarm treats silence. */
function withEnoughSamples(name: string, { metric, minimumSamples }: AlarmSpecification): IMetric {
  if (minimumSamples === undefined) return metric;
  if (!(metric instanceof Metric)) {
    throw new Error(
      `createAlarms: ${name} asks for minimumSamples ${minimumSamples}: set it on a metric, not on an expression, whose samples are its parts'`,
    );
  }
  return new MathExpression({
    expression: `IF(samples >= ${minimumSamples}, value)`,
    usingMetrics: { value: metric, samples: metric.with({ statistic: 'SampleCount' }) },
    label: `${metric.metricName} of ${minimumSamples} samples or more`,
    period: metric.period,
  });
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
