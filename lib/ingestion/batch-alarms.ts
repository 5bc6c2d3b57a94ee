import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { PySparkFlexEtlJob } from 'aws-cdk-lib/aws-glue';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';
import type { BatchRuns } from './batch-runs.ts';

export type BatchAlarmName = 'jobFailed' | 'jobTimedOut' | 'notRun' | 'fileStopped' | 'expiryFailed' | 'overdue';

export interface BatchAlarmsProps {
  readonly topic: ITopic;
  readonly job: PySparkFlexEtlJob;
  readonly runs: BatchRuns;
  /** Counts the files that a run has stopped. */
  readonly filesStopped: IMetric;
  /** Counts the runs that could not expire old snapshots. */
  readonly expiriesFailed: IMetric;
  /** Hours without a good run after which an alarm rings. */
  readonly overdueHours: number;
}

/** The alarms of a batch job: on failure, on quality and on lateness. */
export function batchAlarms(scope: Construct, props: BatchAlarmsProps): Readonly<Record<BatchAlarmName, Alarm>> {
  const { job, runs, overdueHours } = props;
  return createAlarms<BatchAlarmName>(scope, props.topic, 'batch-ingestion', {
    jobFailed: {
      metric: job.metricFailure({ period: alarmPeriod }),
      meaning: 'A run of the batch job failed: what it had not committed is not in the table.',
      threshold: 1,
    },
    jobTimedOut: {
      metric: job.metricTimeout({ period: alarmPeriod }),
      meaning: 'A run of the batch job was stopped at its time limit.',
      threshold: 1,
    },
    notRun: {
      metric: runs.stateMachine.metricFailed({ period: alarmPeriod }),
      meaning: 'A run was wanted and did not come to a good end; it is not tried again by itself.',
      threshold: 1,
    },
    fileStopped: {
      metric: props.filesStopped,
      meaning: 'A file does not hold the rules of quality: none of its rows are in the table.',
      threshold: 1,
    },
    expiryFailed: {
      metric: props.expiriesFailed,
      meaning: 'Old snapshots of the table are kept longer than they may be; the run itself got through.',
      threshold: 1,
    },
    overdue: {
      metric: job.metricSuccess({ period: Duration.hours(1) }),
      meaning: `The batch job has not succeeded for ${overdueHours} hours: the curated table grows old.`,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: overdueHours,
      ringsWhenMissing: true,
    },
  });
}
