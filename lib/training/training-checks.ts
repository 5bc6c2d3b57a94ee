import { Duration } from 'aws-cdk-lib';
import { Problems } from '../common/problems.ts';
import type { ApprovalTimes } from './training-approval.ts';
import type { TrainingPipelineProps } from './training-pipeline.ts';
import { checkTransfer } from './training-transfer.ts';

/** @throws Error that names every prop that can't be used, and the remedy */
export function checkProps(props: TrainingPipelineProps): void {
  const { search = 'tpe', trials = 24, workers = 2, folds = 2, costRatio = 5 } = props;
  const { timeout, heartbeat } = timesOf(props);
  const problems = new Problems('TrainingPipeline');
  checkTransfer(problems, props.transfer, props.registry)
    .check(['grid', 'bayesian', 'tpe'].includes(search), 'search', search, 'set grid, bayesian or tpe')
    .within('trials', trials, 1, 1000)
    .within('workers', workers, 1, 20)
    .within('folds', folds, 1, 10)
    .check(costRatio > 0, 'costRatio', costRatio, 'set more than 0')
    .check(
      heartbeat.toSeconds() < timeout.toSeconds(),
      'approvalHeartbeat, in seconds,',
      heartbeat.toSeconds(),
      `set less than approvalTimeout (${timeout.toSeconds()})`,
    )
    .throwIfAny();
}

/** How long an approval may take, with the defaults. */
export function timesOf(props: TrainingPipelineProps): ApprovalTimes {
  return {
    timeout: props.approvalTimeout ?? Duration.days(7),
    heartbeat: props.approvalHeartbeat ?? Duration.days(2),
  };
}
