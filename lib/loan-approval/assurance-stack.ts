import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ModeOnRing } from '../../lambdas/patterns/drift-monitor/answer.ts';
import { DriftMonitor } from '../monitoring/drift-monitor.ts';
import type { DecisionStack } from './decision-stack.ts';
import type { FoundationStack } from './foundation-stack.ts';
import type { OutcomesStack } from './outcomes-stack.ts';
import type { ServingStack } from './serving-stack.ts';

export interface AssuranceStackProps extends StackProps {
  readonly foundation: FoundationStack;
  readonly decision: DecisionStack;
  readonly serving: ServingStack;
  readonly outcomes: OutcomesStack;
  /**
   * The mode that is switched to when far more loans default than the scores said.
   * @default 'manual'
   */
  readonly onRing?: ModeOnRing;
  /**
   * Cost of a bad loan accepted over the cost of a good one refused.
   * @default 5
   */
  readonly costRatio?: number;
  /**
   * Whether what was added up goes with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

/** Whether what is decided is still right: looks at the decisions from outside. */
export class AssuranceStack extends Stack {
  readonly drift: DriftMonitor;

  constructor(scope: Construct, id: string, props: AssuranceStackProps) {
    super(scope, id, props);
    const { foundation, decision, serving, outcomes } = props;
    this.drift = new DriftMonitor(this, 'DriftMonitor', {
      decisions: decision.decisions,
      outcomes: outcomes.feed.table,
      registry: serving.registry,
      model: serving.model,
      modes: decision.service.modes,
      auditTrail: foundation.auditTrail,
      encryptionKey: foundation.key,
      alarmTopic: foundation.alarmTopic,
      onRing: props.onRing,
      costRatio: props.costRatio,
      destroyData: props.destroyData,
    });
    new CfnOutput(this, 'DriftFunctionName', { value: this.drift.handler.function.functionName });
  }
}
