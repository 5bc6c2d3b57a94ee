import { type Alarm, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { HandlerFunction } from '../common/handler-function.ts';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';

export type AuditAlarmName = 'serverErrors' | 'refusedRequests' | 'queueBehind' | 'checkpointStale' | 'deadLetters';

export interface AuditAlarmsProps {
  readonly topic: ITopic;
  readonly bucket: IBucket;
  /** Id of the bucket's request metrics. */
  readonly filterId: string;
  readonly queue: IQueue;
  readonly deadLetters: IQueue;
  readonly sequencer: HandlerFunction;
}

/** The alarms of the log and of what leads to it. Those of the sequencer as a function are the sequencer's own. */
export function auditAlarms(scope: Construct, props: AuditAlarmsProps): Readonly<Record<AuditAlarmName, Alarm>> {
  const { queue, deadLetters } = props;
  const most = { period: alarmPeriod, statistic: 'Maximum' };
  return createAlarms<AuditAlarmName>(scope, props.topic, 'audit-trail', {
    serverErrors: {
      metric: requests(props, '5xxErrors'),
      meaning: 'S3 fails requests to the audit bucket: entries wait in the queue.',
      threshold: 5,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
    },
    refusedRequests: {
      metric: refusedShare(props),
      meaning: 'Half of the requests to the audit bucket are refused: a right is missing, or somebody tries to delete.',
      threshold: 50,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
    },
    queueBehind: {
      metric: queue.metricApproximateAgeOfOldestMessage(most),
      meaning: 'An entry has been waiting for its place in the audit log for ten minutes.',
      why: 'What was decided in that time can be proven to nobody yet; after 14 days the queue forgets it.',
      severity: 'page',
      threshold: 600,
      evaluationPeriods: 3,
    },
    checkpointStale: {
      metric: unsigned(props),
      meaning: 'Entries come to the audit log, and for 15 minutes no checkpoint was signed.',
      why: 'The log may have stopped, or its key may be disabled: nobody can prove what was decided since.',
      severity: 'page',
      threshold: 1,
      evaluationPeriods: 15,
    },
    deadLetters: {
      metric: deadLetters.metricApproximateNumberOfMessagesVisible(most),
      meaning: 'Entries of the audit trail could not be appended: they wait for a person, for 14 days at most.',
      threshold: 1,
    },
  });
}

/**
 * Requests that S3 answered with 4xx, in per cent of all. An object that is written again (412) counts too, and is no
 * fault by itself.
 */
export function refusedShare(props: Pick<AuditAlarmsProps, 'bucket' | 'filterId'>): MathExpression {
  return new MathExpression({
    expression: '100 * refused / requests',
    usingMetrics: { refused: requests(props, '4xxErrors'), requests: requests(props, 'AllRequests') },
    label: 'refused requests, %',
    period: alarmPeriod,
  });
}

function requests({ bucket, filterId }: Pick<AuditAlarmsProps, 'bucket' | 'filterId'>, metricName: string): Metric {
  return new Metric({
    namespace: 'AWS/S3',
    metricName,
    dimensionsMap: { BucketName: bucket.bucketName, FilterId: filterId },
    statistic: 'Sum',
    period: alarmPeriod,
  });
}

/** 1 in a minute in which entries wait or come, and no checkpoint was signed. */
function unsigned({ queue, sequencer }: AuditAlarmsProps): MathExpression {
  const sum = { period: alarmPeriod, statistic: 'Sum' };
  return new MathExpression({
    expression: 'IF(FILL(sent, 0) + FILL(waiting, 0) > 0 AND FILL(signed, 0) < 1, 1, 0)',
    usingMetrics: {
      sent: queue.metricNumberOfMessagesSent(sum),
      waiting: queue.metricApproximateNumberOfMessagesVisible({ ...sum, statistic: 'Maximum' }),
      signed: new Metric({
        namespace: 'Seaworthy',
        metricName: 'CheckpointsSigned',
        dimensionsMap: { service: sequencer.service },
        ...sum,
      }),
    },
    label: 'entries without a checkpoint',
    period: alarmPeriod,
  });
}
