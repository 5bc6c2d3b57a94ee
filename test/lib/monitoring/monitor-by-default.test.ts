import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { expect, test } from 'vitest';
import { alarmRecords, createAlarms } from '../../../lib/monitoring/alarms.ts';
import { deadLetterFamily, queueFamily } from '../../../lib/monitoring/families.ts';
import { monitorByDefault } from '../../../lib/monitoring/monitor-by-default.ts';
import { newApp } from '../app.ts';

function fixture() {
  const stack = new Stack(newApp(), 'Test');
  const deadLetters = new Queue(stack, 'DeadLetters');
  const queue = new Queue(stack, 'Queue', { deadLetterQueue: { queue: deadLetters, maxReceiveCount: 3 } });
  return { stack, topic: new Topic(stack, 'Topic'), queue, deadLetters };
}

const alarmsIn = (stack: Stack) =>
  alarmRecords(stack).map(({ alarm, family, name }) => `${alarm.node.path} ${family} ${name}`);

test('every queue, state machine and table gets the alarms of its family', () => {
  const { stack, topic } = fixture();
  new StateMachine(stack, 'Machine', { definitionBody: DefinitionBody.fromChainable(new Pass(stack, 'Pass')) });
  new Table(stack, 'Table', { partitionKey: { name: 'id', type: AttributeType.STRING } });
  monitorByDefault(stack, topic);
  expect(alarmsIn(stack).toSorted()).toEqual([
    'Test/DeadLetters/Alarms/DeadLetters queue deadLetters',
    'Test/Machine/Alarms/Failed workflow failed',
    'Test/Machine/Alarms/Throttled workflow throttled',
    'Test/Machine/Alarms/TimedOut workflow timedOut',
    'Test/Queue/Alarms/Stale queue stale',
    'Test/Table/Alarms/Throttled table throttled',
  ]);
});

test('what has an alarm of its own is left to it, be it inside an expression', () => {
  const { stack, topic, queue, deadLetters } = fixture();
  createAlarms(stack, topic, 'own', {
    own: {
      metric: new MathExpression({
        expression: 'a + b',
        usingMetrics: {
          a: queue.metricApproximateNumberOfMessagesVisible(),
          b: deadLetters.metricApproximateNumberOfMessagesVisible(),
        },
      }),
      meaning: 'Too much.',
      threshold: 1,
    },
  });
  monitorByDefault(stack, topic);
  expect(alarmsIn(stack)).toEqual(['Test/Alarms/Own own own']);
});

test('the age of a message and what lies in a dead-letter queue set their alarms off', () => {
  const { stack, topic, queue, deadLetters } = fixture();
  createAlarms(queue, topic, 'queue', queueFamily(queue, Duration.minutes(10)));
  createAlarms(deadLetters, topic, 'queue', deadLetterFamily(deadLetters));
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'ApproximateAgeOfOldestMessage',
    Statistic: 'Maximum',
    Threshold: 600,
    AlarmDescription:
      'A message has waited for 10 minutes: nobody empties the queue, or every attempt fails. docs/runbooks/queue.md#stale',
  });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Threshold: 1,
  });
});
