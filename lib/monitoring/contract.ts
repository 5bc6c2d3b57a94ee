import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, MathExpression, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { Problems } from '../common/problems.ts';
import { type AlarmSpecification, createAlarms } from './alarms.ts';
import type { Canary } from './canary.ts';

/** How much comes in some hours of the day. */
export interface ExpectedVolume {
  /** First hour of the day, in UTC, 0 to 23. */
  readonly from: number;
  /** The hour before which it ends, 1 to 24. */
  readonly to: number;
  /** Fewer in an hour than this, and the alarm rings. */
  readonly atLeast: number;
}

/**
 * What a flow promises while it works. What stops, or goes on and is nonsense, brings no error: no alarm on errors sees
 * it. From each promise an alarm is made that does.
 */
export interface SilentFailureContract {
  readonly topic: ITopic;
  /**
   * Page of the runbook, which has the entries `too-few`, `no-success`, `empty-fields`, `out-of-range`, and for a canary
   * `canary-lost`, `canary-silent` and `bad-input-accepted`.
   */
  readonly family: string;
  /** Counts what comes. */
  readonly arrivals: Metric;
  /** Counts what was dealt with. */
  readonly successes: Metric;
  /** What is expected, by the hour. Hours that are not named may be silent. */
  readonly expected: readonly ExpectedVolume[];
  /** Age of the last success at which something is wrong, if anything has come since. */
  readonly greatestAge: Duration;
  /** Counts results in which a field is empty that must be filled, and the most of them, in per cent of the successes. */
  readonly emptyFields: { readonly metric: Metric; readonly mostPercent: number };
  /** Counts one kind of result, and between how many per cent of the successes it must be. */
  readonly distribution: { readonly metric: Metric; readonly fromPercent: number; readonly toPercent: number };
  /**
   * Goes the whole way at all hours: an application that must be dealt with, and one that must be refused.
   * @default - the flow is seen only while something comes
   */
  readonly canary?: Canary;
  /**
   * Successes of an hour below which shares say nothing.
   * @default 50
   */
  readonly minimumSamples?: number;
}

export type ContractAlarmName = 'tooFew' | 'noSuccess' | 'emptyFields' | 'outOfRange';
export type CanaryAlarmName = 'canaryLost' | 'canarySilent' | 'badInputAccepted';

const hour = Duration.hours(1);

/** Makes the alarms of a contract. @throws Error that lists the promises that no flow can keep */
export function silentFailureContract(
  scope: Construct,
  contract: SilentFailureContract,
): Readonly<Record<ContractAlarmName, Alarm> & Partial<Record<CanaryAlarmName, Alarm>>> {
  const { emptyFields, distribution, canary, minimumSamples = 50 } = contract;
  check(contract);
  const empty = `100 * part / whole > ${emptyFields.mostPercent}`;
  const outside = `100 * part / whole < ${distribution.fromPercent} OR 100 * part / whole > ${distribution.toPercent}`;
  const flow: Readonly<Record<ContractAlarmName, AlarmSpecification>> = {
    tooFew: tooFew(contract),
    noSuccess: noSuccess(contract),
    emptyFields: {
      metric: ofShare(contract.successes, emptyFields.metric, empty, minimumSamples),
      meaning: `More than ${emptyFields.mostPercent} per cent of the results of an hour lack a field that must be filled.`,
      threshold: 1,
    },
    outOfRange: {
      metric: ofShare(contract.successes, distribution.metric, outside, minimumSamples),
      meaning: `The share of one kind of result left its range of ${distribution.fromPercent} to ${distribution.toPercent} per cent.`,
      threshold: 1,
    },
  };
  const { topic, family } = contract;
  if (!canary) return createAlarms(scope, topic, family, flow);
  return createAlarms<ContractAlarmName | CanaryAlarmName>(scope, topic, family, { ...flow, ...canaryAlarms(canary) });
}

/** Periods of the canary's own pace after which its silence is told. */
const silentPeriods = 3;

function canaryAlarms(canary: Canary): Readonly<Record<CanaryAlarmName, AlarmSpecification>> {
  const every = canary.every.toHumanString();
  return {
    canaryLost: {
      metric: canary.metric('CanaryDecided', 'Minimum'),
      meaning: 'An application that is in order was sent in and not dealt with in time.',
      why: 'Real ones wait as well, or will when some come.',
      severity: 'page',
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    },
    canarySilent: {
      metric: canary.metric('CanaryDecided', 'SampleCount'),
      meaning: `No canary was sent for ${silentPeriods} times ${every}: what stops now is not seen.`,
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: silentPeriods,
      ringsWhenMissing: true,
    },
    badInputAccepted: {
      metric: canary.metric('BadCanaryAccepted'),
      meaning: 'An application that must be refused was let in: nobody knows what else comes in.',
      severity: 'page',
      threshold: 1,
    },
  };
}

function tooFew({ arrivals, expected }: SilentFailureContract): AlarmSpecification {
  const came = 'FILL(arrivals, 0)';
  const bands = expected.map(
    ({ from, to, atLeast }) => `(HOUR(${came}) >= ${from} AND HOUR(${came}) < ${to} AND ${came} < ${atLeast})`,
  );
  return {
    metric: new MathExpression({
      expression: `IF(${bands.join(' OR ')}, 1, 0)`,
      usingMetrics: { arrivals: arrivals.with({ statistic: 'Sum', period: hour }) },
      label: 'hours with less than is expected',
      period: hour,
    }),
    meaning: 'In an hour in which some are expected, too few came.',
    threshold: 1,
    ringsWhenMissing: true,
  };
}

function noSuccess({ arrivals, successes, greatestAge: period }: SilentFailureContract): AlarmSpecification {
  const sum = { statistic: 'Sum', period };
  return {
    metric: new MathExpression({
      expression: 'IF(FILL(arrivals, 0) > 0 AND FILL(successes, 0) < 1, 1, 0)',
      usingMetrics: { arrivals: arrivals.with(sum), successes: successes.with(sum) },
      label: 'came, and nothing was dealt with',
      period,
    }),
    meaning: `Something came and for ${period.toHumanString()} nothing was dealt with.`,
    severity: 'page',
    threshold: 1,
  };
}

/** 1 in an hour in which a share breaks its promise; nothing in an hour with too few to tell. */
function ofShare(successes: Metric, metric: Metric, broken: string, minimumSamples: number): MathExpression {
  const sum = { statistic: 'Sum', period: hour };
  return new MathExpression({
    expression: `IF(whole >= ${minimumSamples}, IF(${broken}, 1, 0))`,
    usingMetrics: { part: metric.with(sum), whole: successes.with(sum) },
    label: 'hours with a broken promise',
    period: hour,
  });
}

function check({ expected, greatestAge, emptyFields, distribution }: SilentFailureContract): void {
  const problems = new Problems('SilentFailureContract')
    .check(expected.length > 0, 'expected', expected, 'name the hours in which some come')
    .within('greatestAge, in minutes,', greatestAge.toMinutes(), 1, 1440)
    .within('emptyFields.mostPercent', emptyFields.mostPercent, 0, 100)
    .within('distribution.fromPercent', distribution.fromPercent, 0, distribution.toPercent)
    .within('distribution.toPercent', distribution.toPercent, distribution.fromPercent, 100);
  for (const { from, to, atLeast } of expected) {
    problems.within('expected.from', from, 0, 23).within('expected.to', to, from + 1, 24);
    problems.check(atLeast > 0, 'expected.atLeast', atLeast, 'set 1 or more');
  }
  problems.throwIfAny();
}
