import type { Environment } from 'aws-cdk-lib';
import type { ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { ModeOnRing } from '../../lambdas/patterns/drift-monitor/answer.ts';
import { monitorByDefault } from '../monitoring/monitor-by-default.ts';
import { acknowledgePublicPage } from './acknowledgements.ts';
import { AssuranceStack } from './assurance-stack.ts';
import { DecisionStack } from './decision-stack.ts';
import { FoundationStack } from './foundation-stack.ts';
import { HistoryStack } from './history-stack.ts';
import { IngestionStack } from './ingestion-stack.ts';
import { MonitoringStack } from './monitoring-stack.ts';
import { OutcomesStack } from './outcomes-stack.ts';
import { OversightStack } from './oversight-stack.ts';
import { ServingStack } from './serving-stack.ts';
import { TrainingStack } from './training-stack.ts';

export interface LoanApprovalProps {
  /**
   * Account and region.
   * @default - those of the CDK's environment at deployment
   */
  readonly env?: Environment;
  /**
   * Cost of a bad loan accepted over the cost of a good one refused.
   * @default 5
   */
  readonly costRatio?: number;
  /**
   * Scores nearer than this to the threshold go to a person.
   * @default 0.02
   */
  readonly referMargin?: number;
  /**
   * States in which the bank may not lend, such as `PR`: applications from there wait in quarantine.
   * @default - none
   */
  readonly statesNotServed?: readonly string[];
  /**
   * First day whose applications the stream counts for the online features; earlier ones are the history's.
   * @default - the stream counts every application
   */
  readonly featuresSince?: string;
  /**
   * The mode that is switched to when far more loans default than the scores said.
   * @default 'manual'
   */
  readonly onRing?: ModeOnRing;
  /**
   * How long audit records are locked, and whether anybody may lift the lock.
   * @default - COMPLIANCE, 185 days
   */
  readonly auditRetention?: ObjectLockRetention;
  /**
   * Folder of the model service's Dockerfile.
   * @default - `services/model-service` of this project
   */
  readonly imageFolder?: string;
  /**
   * Folder of the trainer's Dockerfile.
   * @default - `services/trainer` of this project
   */
  readonly trainerFolder?: string;
  /**
   * Whether data goes with its stacks, as after a trial. It is one of two keys: the other is the context flag
   * `seaworthy:destroyData`. The audit trail and its key stay in any case.
   * @default false
   */
  readonly destroyData?: boolean;
}

/** The stacks of the loan approval, from what the others stand on to what watches them. */
export interface LoanApproval {
  readonly foundation: FoundationStack;
  readonly decision: DecisionStack;
  readonly serving: ServingStack;
  readonly outcomes: OutcomesStack;
  readonly oversight: OversightStack;
  readonly ingestion: IngestionStack;
  readonly history: HistoryStack;
  readonly training: TrainingStack;
  readonly assurance: AssuranceStack;
  readonly monitoring: MonitoringStack;
}

/** Composes the case study's stacks in an app or a stage. */
export function loanApproval(scope: Construct, props: LoanApprovalProps = {}): LoanApproval {
  const about = (description: string) => ({ ...props, description: `Seaworthy loan approval: ${description}` });
  const foundation = new FoundationStack(scope, 'SeaworthyFoundation', about('network, key, audit trail, alarm topic'));
  const decision = new DecisionStack(scope, 'SeaworthyDecision', {
    ...about('applications, decisions, pseudonyms'),
    foundation,
  });
  const serving = new ServingStack(scope, 'SeaworthyServing', {
    ...about('model registry and model service'),
    foundation,
  });
  const outcomes = new OutcomesStack(scope, 'SeaworthyOutcomes', {
    ...about('how loans ended, online features'),
    foundation,
    decision,
  });
  const oversight = new OversightStack(scope, 'SeaworthyOversight', {
    ...about('people who review, their cases and console'),
    foundation,
    decision,
    serving,
  });
  const ingestion = new IngestionStack(scope, 'SeaworthyIngestion', {
    ...about('HTTP API, stream, consumer'),
    foundation,
    decision,
    serving,
    outcomes,
    oversight,
  });
  const assurance = new AssuranceStack(scope, 'SeaworthyAssurance', {
    ...about('drift'),
    foundation,
    decision,
    serving,
    outcomes,
  });
  const history = new HistoryStack(scope, 'SeaworthyHistory', {
    ...about('loan history, batch job, catalogue'),
    foundation,
    decision,
  });
  const training = new TrainingStack(scope, 'SeaworthyTraining', {
    ...about('training pipeline'),
    foundation,
    serving,
    history,
  });
  for (const stack of [foundation, decision, serving, outcomes, oversight, ingestion, assurance, history, training]) {
    monitorByDefault(stack, foundation.alarmTopic);
  }
  const monitoring = new MonitoringStack(scope, 'SeaworthyMonitoring', {
    ...about('dashboard and the alarm over all alarms'),
    foundation,
    decision,
    serving,
    outcomes,
    oversight,
    ingestion,
    assurance,
    history,
    training,
  });
  acknowledgePublicPage(oversight);
  return { foundation, decision, serving, outcomes, oversight, ingestion, assurance, history, training, monitoring };
}
