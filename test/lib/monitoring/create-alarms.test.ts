import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { expect, test } from 'vitest';
import { type AlarmSpecification, alarmRecords, createAlarms } from '../../../lib/monitoring/alarms.ts';
import { newApp } from '../app.ts';

const metric = new Metric({ namespace: 'Test', metricName: 'Latency', statistic: 'p99', period: Duration.minutes(1) });
const slow: AlarmSpecification = { metric, meaning: 'Answers are slow.', threshold: 2 };

function made(specification: AlarmSpecification) {
  const stack = new Stack(newApp(), 'Test');
  createAlarms(stack, new Topic(stack, 'Topic'), 'family', { slowAnswers: specification });
  return { stack, template: Template.fromStack(stack) };
}

test('an alarm is for the working day, does not ring in silence and acts on one period by default', () => {
  made(slow).template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmDescription: 'Answers are slow. docs/runbooks/family.md#slow-answers',
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    EvaluationPeriods: 1,
    TreatMissingData: 'notBreaching',
  });
});

test('an alarm that wakes somebody says so, and why', () => {
  const { stack, template } = made({ ...slow, severity: 'page', why: 'Applicants give up.', ringsWhenMissing: true });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmDescription: '[page] Answers are slow. Applicants give up. docs/runbooks/family.md#slow-answers',
    TreatMissingData: 'breaching',
  });
  expect(alarmRecords(stack)).toMatchObject([
    { family: 'family', name: 'slowAnswers', severity: 'page', runbook: 'docs/runbooks/family.md#slow-answers' },
  ]);
});

test('a period of too few samples says nothing', () => {
  made({ ...slow, minimumSamples: 20 }).template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Metrics: [
      { Expression: 'IF(samples >= 20, value)', ReturnData: true },
      { Id: 'value', MetricStat: { Metric: { MetricName: 'Latency' }, Stat: 'p99', Period: 60 }, ReturnData: false },
      { Id: 'samples', MetricStat: { Metric: { MetricName: 'Latency' }, Stat: 'SampleCount' }, ReturnData: false },
    ],
  });
});

test('an expression has no samples to count', () => {
  const expression = new MathExpression({ expression: 'a * 2', usingMetrics: { a: metric } });
  expect(() => made({ ...slow, metric: expression, minimumSamples: 20 })).toThrow(
    'createAlarms: slowAnswers asks for minimumSamples 20: set it on a metric',
  );
});

test('a scope without alarms has no records', () => {
  expect(alarmRecords(new Stack(newApp(), 'Empty'))).toEqual([]);
});
