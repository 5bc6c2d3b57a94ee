import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { IConstruct } from 'constructs';
import { alarmRecords, createAlarms } from './alarms.ts';
import { deadLetterFamily, queueFamily, tableFamily, workflowFamily } from './families.ts';

/**
 * Gives every queue, state machine and table in a scope the alarms of its family, unless its construct has already made
 * an alarm on it that knows better. Call it when all is made.
 */
export function monitorByDefault(scope: IConstruct, topic: ITopic): void {
  const watched = new Set(alarmRecords(scope.node.root).flatMap(({ metric }) => namesIn(metric)));
  const all = scope.node.findAll();
  const deadLetters = new Set(all.filter(isQueue).map(({ deadLetterQueue }) => deadLetterQueue?.queue));
  for (const each of all) {
    if (each instanceof Queue && !watched.has(each.queueName)) {
      if (deadLetters.has(each)) createAlarms(each, topic, 'queue', deadLetterFamily(each));
      else createAlarms(each, topic, 'queue', queueFamily(each));
    }
    if (each instanceof StateMachine && !watched.has(each.stateMachineArn)) {
      createAlarms(each, topic, 'workflow', workflowFamily(each));
    }
    if (each instanceof Table && !watched.has(each.tableName)) createAlarms(each, topic, 'table', tableFamily(each));
  }
}

function isQueue(construct: IConstruct): construct is Queue {
  return construct instanceof Queue;
}

/** The values of a metric's dimensions, or of those of its parts. */
function namesIn(metric: IMetric): unknown[] {
  if (metric instanceof MathExpression) return Object.values(metric.usingMetrics).flatMap(namesIn);
  return metric instanceof Metric ? Object.values(metric.dimensions ?? {}) : [];
}
