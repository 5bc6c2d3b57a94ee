import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { HumanReview } from '../oversight/human-review.ts';
import { ModeSwitch } from '../oversight/mode-switch.ts';
import { ReviewConsole } from '../oversight/review-console.ts';
import { Reviewers } from '../oversight/reviewers.ts';
import type { DecisionStack } from './decision-stack.ts';
import type { FoundationStack } from './foundation-stack.ts';
import type { ServingStack } from './serving-stack.ts';

export interface OversightStackProps extends StackProps {
  readonly foundation: FoundationStack;
  readonly decision: DecisionStack;
  readonly serving: ServingStack;
  /**
   * Whether the cases and the users go with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

/** The bank's groups, and what their members do. */
const groups = {
  reviewers: 'Credit officers: decide referred applications',
  'senior-reviewers': 'Senior credit officers: decide what goes up the ladder, and settle disagreements',
  'heads-of-credit': 'Decide what is on the last rung of the ladder',
  'model-owners': 'Make and release models; decide no case',
  oversight: 'Risk officers: insert known cases and read the measures',
  'duty-officers': 'Switch how much is decided without people, up to a stop',
} as const;

/** The people who oversee the model: who they are, and what they decide. */
export class OversightStack extends Stack {
  readonly reviewers: Reviewers;
  readonly humanReview: HumanReview;
  readonly modeSwitch: ModeSwitch;
  readonly console: ReviewConsole;

  constructor(scope: Construct, id: string, props: OversightStackProps) {
    super(scope, id, props);
    const { key, alarmTopic, auditTrail, accessLogs } = props.foundation;
    this.reviewers = new Reviewers(this, 'Reviewers', {
      domainPrefix: `seaworthy-review-${this.account}`,
      groups,
      destroyData: props.destroyData,
    });
    this.humanReview = new HumanReview(this, 'HumanReview', {
      decisions: props.decision.decisions,
      auditTrail,
      modelStages: props.serving.modelRegistry.stages,
      userPool: this.reviewers.userPool,
      userPoolClients: [this.reviewers.client],
      encryptionKey: key,
      alarmTopic,
      destroyData: props.destroyData,
    });
    this.modeSwitch = new ModeSwitch(this, 'ModeSwitch', {
      modes: props.decision.service.modes,
      api: this.humanReview.api.api,
      auditTrail,
      encryptionKey: key,
      alarmTopic,
    });
    this.console = new ReviewConsole(this, 'Console', {
      api: this.humanReview.api.api,
      reviewers: this.reviewers,
      accessLogs,
      destroyData: props.destroyData,
    });
    const { userPool, client } = this.reviewers;
    new CfnOutput(this, 'ReviewApiUrl', { value: this.humanReview.api.api.apiEndpoint });
    new CfnOutput(this, 'UserPoolId', { value: userPool.userPoolId });
    new CfnOutput(this, 'UserPoolClientId', { value: client.userPoolClientId });
    new CfnOutput(this, 'ConsoleUrl', { value: this.console.url });
    new CfnOutput(this, 'ConsoleBucketName', { value: this.console.bucket.bucketName });
    new CfnOutput(this, 'ConsoleDistributionId', { value: this.console.distribution.distributionId });
    new CfnOutput(this, 'SignInUrl', { value: this.reviewers.signInUrl });
    new CfnOutput(this, 'CasesTableName', { value: this.humanReview.cases.tableName });
    new CfnOutput(this, 'ReviewWorkflowArn', { value: this.humanReview.workflow.stateMachine.stateMachineArn });
  }
}
