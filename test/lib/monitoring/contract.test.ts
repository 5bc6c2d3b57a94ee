import { Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { expect, test } from 'vitest';
import { Canary } from '../../../lib/monitoring/canary.ts';
import { type SilentFailureContract, silentFailureContract } from '../../../lib/monitoring/contract.ts';
import { newApp, type Resources } from '../app.ts';

const count = (metricName: string) => new Metric({ namespace: 'Test', metricName, statistic: 'Sum' });

const contractOf = (topic: Topic): SilentFailureContract => ({
  topic,
  family: 'flow',
  arrivals: count('Arrived'),
  successes: count('Decided'),
  expected: [
    { from: 8, to: 12, atLeast: 5 },
    { from: 12, to: 24, atLeast: 1 },
  ],
  greatestAge: Duration.minutes(30),
  emptyFields: { metric: count('Empty'), mostPercent: 10 },
  distribution: { metric: count('Approved'), fromPercent: 30, toPercent: 90 },
});

function alarmsOf(
  change: Partial<SilentFailureContract> = {},
): Readonly<Record<string, Resources[string]['Properties']>> {
  const stack = new Stack(newApp(), 'Test');
  silentFailureContract(stack, { ...contractOf(new Topic(stack, 'Topic')), ...change });
  const found = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'));
  return Object.fromEntries(found.map(({ Properties }) => [Properties.AlarmDescription.split('#')[1], Properties]));
}

const expressionOf = (properties: Resources[string]['Properties']) =>
  properties.Metrics.find((each: { Expression?: string }) => each.Expression !== undefined).Expression;
const periodOf = (properties: Resources[string]['Properties']) =>
  properties.Metrics.find((each: { MetricStat?: object }) => each.MetricStat !== undefined).MetricStat.Period;

test('each promise of a contract has an alarm', () => {
  expect(Object.keys(alarmsOf()).toSorted()).toEqual(['empty-fields', 'no-success', 'out-of-range', 'too-few']);
});

test('too few: by the hour of the day, and silence rings', () => {
  const alarm = alarmsOf()['too-few'];
  expect(expressionOf(alarm)).toBe(
    'IF((HOUR(FILL(arrivals, 0)) >= 8 AND HOUR(FILL(arrivals, 0)) < 12 AND FILL(arrivals, 0) < 5) OR ' +
      '(HOUR(FILL(arrivals, 0)) >= 12 AND HOUR(FILL(arrivals, 0)) < 24 AND FILL(arrivals, 0) < 1), 1, 0)',
  );
  expect([periodOf(alarm), alarm.TreatMissingData]).toEqual([3600, 'breaching']);
});

test('no success: only if something came, in the greatest age, and it wakes somebody', () => {
  const alarm = alarmsOf()['no-success'];
  expect(expressionOf(alarm)).toBe('IF(FILL(arrivals, 0) > 0 AND FILL(successes, 0) < 1, 1, 0)');
  expect(periodOf(alarm)).toBe(1800);
  expect(alarm.AlarmDescription).toMatch(/^\[page\] Something came and for 30 minutes nothing was dealt with\./);
});

test('empty fields and the range: shares of an hour, of enough results', () => {
  const alarms = alarmsOf({ minimumSamples: 20 });
  expect(expressionOf(alarms['empty-fields'])).toBe('IF(whole >= 20, IF(100 * part / whole > 10, 1, 0))');
  expect(expressionOf(alarms['out-of-range'])).toBe(
    'IF(whole >= 20, IF(100 * part / whole < 30 OR 100 * part / whole > 90, 1, 0))',
  );
});

test('a canary that is lost, silent, or bad and let in has an alarm of its own', () => {
  const stack = new Stack(newApp(), 'Canaries');
  const topic = new Topic(stack, 'AlarmTopic');
  const api = new HttpApi(stack, 'Api');
  const canary = new Canary(stack, 'Canary', {
    api,
    stageName: '$default',
    encryptionKey: new Key(stack, 'Key'),
    alarmTopic: topic,
    every: Duration.minutes(10),
    within: Duration.seconds(30),
  });
  silentFailureContract(new Construct(stack, 'Flow'), { ...contractOf(topic), canary });
  const template = Template.fromStack(stack);
  for (const [entry, expected] of [
    [
      'canary-lost',
      { Statistic: 'Minimum', ComparisonOperator: 'LessThanThreshold', TreatMissingData: 'notBreaching' },
    ],
    ['canary-silent', { Statistic: 'SampleCount', EvaluationPeriods: 3, TreatMissingData: 'breaching' }],
    ['bad-input-accepted', { Statistic: 'Maximum', ComparisonOperator: 'GreaterThanOrEqualToThreshold' }],
  ] as const)
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp(`#${entry}$`),
      Period: 600,
      Dimensions: [{ Name: 'service', Value: 'canary' }],
      ...expected,
    });
  template.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { WITHIN_SECONDS: '30' } } });
  template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(10 minutes)' });
});

test('what no flow can keep is refused, all of it at once', () => {
  expect(() =>
    alarmsOf({
      expected: [{ from: 9, to: 9, atLeast: 0 }],
      greatestAge: Duration.days(2),
      distribution: { metric: count('Approved'), fromPercent: 90, toPercent: 30 },
    }),
  ).toThrow(
    /greatestAge, in minutes, is 2880.*distribution\.fromPercent is 90.*distribution\.toPercent is 30.*expected\.to is 9.*expected\.atLeast is 0/,
  );
  expect(() => alarmsOf({ expected: [] })).toThrow('expected is []: name the hours in which some come');
});
