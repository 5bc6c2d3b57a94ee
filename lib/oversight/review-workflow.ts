import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { acknowledge } from '../common/acknowledge.ts';

export interface ReviewWorkflowProps {
  /** Says how long to wait, by the clock. */
  readonly plan: IFunction;
  /** Keeps the token by which a person ends the wait. */
  readonly await: IFunction;
  /** Brings the outcome into effect. */
  readonly settle: IFunction;
  readonly encryptionKey: IKey;
  /** How long a case may wait in all. */
  readonly longestWait: Duration;
}

/** A step that fails is tried again for hours: a case is late then, and not lost. */
const patience: sfn.RetryProps = {
  errors: [sfn.Errors.ALL],
  interval: Duration.seconds(1),
  backoffRate: 2,
  maxDelay: Duration.minutes(5),
  maxAttempts: 60,
  jitterStrategy: sfn.JitterType.FULL,
};

/**
 * What waits for people: plan, wait, and plan again after every answer and every end of a wait, until there is an
 * outcome. An answer may ask for another person: a second pair of eyes, or a higher rung.
 *
 * Every wait has a timeout (the next rung of the ladder, or the case's end) and a heartbeat (a reminder when nobody
 * touches the case); both lead back to the plan.
 */
export class ReviewWorkflow extends Construct {
  readonly stateMachine: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: ReviewWorkflowProps) {
    super(scope, id);
    const role = this.#createRole(props);
    const logGroup = new LogGroup(this, 'Log', {
      encryptionKey: props.encryptionKey,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      definitionBody: sfn.DefinitionBody.fromChainable(this.#definition(props)),
      // CDK would also let it invoke every version of the functions.
      role: role.withoutPolicyUpdates(),
      tracingEnabled: true,
      logs: { destination: logGroup, level: sfn.LogLevel.ALL, includeExecutionData: false },
      timeout: props.longestWait.plus(Duration.days(1)),
    });
  }

  /** Lets a principal start the workflow of a case. */
  grantStart(grantee: IGrantable): void {
    this.stateMachine.grantStartExecution(grantee);
  }

  #definition(props: ReviewWorkflowProps): sfn.IChainable {
    const caseId = sfn.JsonPath.stringAt('$.caseId');
    const plan = new LambdaInvoke(this, 'Plan', {
      lambdaFunction: props.plan,
      payload: sfn.TaskInput.fromObject({ caseId }),
      payloadResponseOnly: true,
      retryOnServiceExceptions: false,
      taskTimeout: sfn.Timeout.duration(Duration.minutes(1)),
      resultPath: '$.plan',
    }).addRetry(patience);
    const wait = new LambdaInvoke(this, 'Wait for a person', {
      lambdaFunction: props.await,
      integrationPattern: sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
      payload: sfn.TaskInput.fromObject({ caseId, taskToken: sfn.JsonPath.taskToken }),
      retryOnServiceExceptions: false,
      taskTimeout: sfn.Timeout.at('$.plan.timeoutSeconds'),
      heartbeatTimeout: sfn.Timeout.at('$.plan.heartbeatSeconds'),
      resultPath: sfn.JsonPath.DISCARD,
    });
    const settle = new LambdaInvoke(this, 'Settle', {
      lambdaFunction: props.settle,
      payload: sfn.TaskInput.fromObject({ caseId }),
      payloadResponseOnly: true,
      retryOnServiceExceptions: false,
      taskTimeout: sfn.Timeout.duration(Duration.minutes(1)),
    }).addRetry(patience);
    const pause = new sfn.Wait(this, 'Pause after a fault', { time: sfn.WaitTime.duration(Duration.minutes(1)) });
    const caught = { resultPath: sfn.JsonPath.DISCARD };
    wait
      .addCatch(plan, { ...caught, errors: [sfn.Errors.TIMEOUT, sfn.Errors.HEARTBEAT_TIMEOUT] })
      .addCatch(pause, { ...caught, errors: [sfn.Errors.ALL] });
    pause.next(plan);
    wait.next(plan);
    const decide = new sfn.Choice(this, 'Is there an outcome?')
      .when(sfn.Condition.stringEquals('$.plan.next', 'settle'), settle)
      .otherwise(wait);
    return sfn.Chain.start(plan.next(decide));
  }

  #createRole({ plan, settle, ...props }: ReviewWorkflowProps): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [plan, props.await, settle].map(({ functionArn }) => functionArn),
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: [
          'logs:CreateLogDelivery',
          'logs:GetLogDelivery',
          'logs:UpdateLogDelivery',
          'logs:DeleteLogDelivery',
          'logs:ListLogDeliveries',
          'logs:PutResourcePolicy',
          'logs:DescribeResourcePolicies',
          'logs:DescribeLogGroups',
          'xray:PutTraceSegments',
          'xray:PutTelemetryRecords',
          'xray:GetSamplingRules',
          'xray:GetSamplingTargets',
        ],
        resources: ['*'],
      }),
    );
    acknowledge(role, {
      'AwsSolutions-IAM5[Resource::*]': 'Traces and the delivery of logs: neither has an ARN',
    });
    return role;
  }
}
