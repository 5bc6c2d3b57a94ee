import { Duration } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IUserPool, IUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { AttributeType, type ITable, type Table } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { type IGrantable, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { ContestEnvironment } from '../../lambdas/contest/environment.ts';
import type { ReviewEnvironment } from '../../lambdas/review/environment.ts';
import type { ReviewAwaitEnvironment } from '../../lambdas/review-await/environment.ts';
import type { ReviewPlanEnvironment } from '../../lambdas/review-plan/environment.ts';
import type { ReviewProofEnvironment } from '../../lambdas/review-proof/environment.ts';
import type { ReviewSettleEnvironment } from '../../lambdas/review-settle/environment.ts';
import type { ReviewWatchEnvironment } from '../../lambdas/review-watch/environment.ts';
import { dataTable } from '../common/data-table.ts';
import { grantQuery, grantReadItems, grantWriteItems } from '../common/grants.ts';
import { HandlerFunction } from '../common/handler-function.ts';
import { Problems } from '../common/problems.ts';
import { dataRemoval } from '../common/removal.ts';
import type { AuditTrail } from '../governance/audit-trail.ts';
import { type ReviewAlarmName, reviewAlarms } from './review-alarms.ts';
import { ReviewApi, stageName } from './review-api.ts';
import { type ReviewRules, reviewSettings } from './review-rules.ts';
import { ReviewWorkflow } from './review-workflow.ts';

export interface HumanReviewProps extends ReviewRules {
  /** The decisions by `applicationId`, to which people add versions. */
  readonly decisions: ITable;
  readonly auditTrail: AuditTrail;
  /**
   * Stages of the model registry, by `id` and `part`: who trained or approved a version decides no case of its scores.
   * @default - they are kept away by their group alone
   */
  readonly modelStages?: ITable;
  /** Who may sign in; the groups of the ladder are groups of this pool. */
  readonly userPool: IUserPool;
  readonly userPoolClients: IUserPoolClient[];
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /**
   * Age of the oldest case at which an alarm rings.
   * @default - 2 hours
   */
  readonly oldest?: Duration;
  /**
   * Number of waiting cases at which an alarm rings.
   * @default 200
   */
  readonly longest?: number;
  /**
   * How long after a reviewer's last request they still count as there.
   * @default - 30 minutes
   */
  readonly presence?: Duration;
  /**
   * Whether the cases go with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

/** Name of the index over the queue, as the handlers know it. */
const queueIndex = 'Queue';

/**
 * People who decide what a model should not decide alone: cases, a workflow that waits for a person and never for
 * ever, an API for the console, and the measures that tell whether anybody looks.
 */
export class HumanReview extends Construct {
  /** Cases by `caseId`. */
  readonly cases: Table;
  /** Who is there, and how they judged of late. */
  readonly reviewers: Table;
  /** Makes the approvals; it never leaves KMS. */
  readonly approvalKey: Key;
  /** Tells that a case waits; messages carry `level` and `priority` for filters. */
  readonly notifications: Topic;
  readonly handler: HandlerFunction;
  readonly plan: HandlerFunction;
  readonly await: HandlerFunction;
  readonly settle: HandlerFunction;
  readonly watch: HandlerFunction;
  /** Takes contested decisions to people who had no part in them. */
  readonly contest: HandlerFunction;
  /** Proves to reviewers what the audit trail has of a case. */
  readonly proof: HandlerFunction;
  readonly workflow: ReviewWorkflow;
  readonly api: ReviewApi;
  readonly alarms: Readonly<Record<ReviewAlarmName, Alarm>>;
  /** The rules as handlers read them, for whoever opens cases. */
  readonly settings: string;
  /** Name of the stages' table as handlers read it, for whoever opens cases. */
  readonly stagesTable: string;
  readonly #modelStages: ITable | undefined;

  constructor(scope: Construct, id: string, props: HumanReviewProps) {
    super(scope, id);
    const { oldest = Duration.hours(2), longest = 200, presence = Duration.minutes(30) } = props;
    new Problems('HumanReview')
      .within('oldest, in minutes,', oldest.toMinutes(), 1, 1440)
      .within('longest', longest, 1, 1_000_000)
      .within('presence, in minutes,', presence.toMinutes(), 1, 1440)
      .throwIfAny();
    const settings = reviewSettings(props);
    this.settings = JSON.stringify(settings);
    this.#modelStages = props.modelStages;
    this.stagesTable = props.modelStages?.tableName ?? 'none';
    this.cases = dataTable(this, 'Cases', { ...props, partitionKey: { name: 'caseId', type: AttributeType.STRING } });
    this.cases.addGlobalSecondaryIndex({
      indexName: queueIndex,
      partitionKey: { name: 'queue', type: AttributeType.STRING },
      sortKey: { name: 'rank', type: AttributeType.STRING },
    });
    this.reviewers = dataTable(this, 'Reviewers', {
      ...props,
      partitionKey: { name: 'team', type: AttributeType.STRING },
      sortKey: { name: 'reviewer', type: AttributeType.STRING },
    });
    this.approvalKey = new Key(this, 'ApprovalKey', {
      description: 'Binds approvals to what reviewers were shown',
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
      removalPolicy: dataRemoval(this, props.destroyData),
    });
    this.notifications = new Topic(this, 'Notifications', { masterKey: props.encryptionKey, enforceSSL: true });

    this.plan = this.#createPlan(props);
    this.await = this.#createAwait(props);
    this.settle = this.#createSettle(props);
    this.workflow = new ReviewWorkflow(this, 'Workflow', {
      plan: this.plan.function,
      await: this.await.function,
      settle: this.settle.function,
      encryptionKey: props.encryptionKey,
      longestWait: Duration.millis(settings.review.ladder.reduce((total, { forMs }) => total + forMs, 0)),
    });
    this.handler = this.#createHandler(props);
    this.#allowCallbacks();
    this.contest = this.#createContest(props);
    this.watch = this.#createWatch(props, presence);
    this.proof = this.#createProof(props);
    this.api = new ReviewApi(this, 'Api', {
      ...props,
      handler: this.handler.function,
      proof: this.proof.function,
    });
    this.alarms = reviewAlarms(this, {
      topic: props.alarmTopic,
      settle: this.settle,
      watch: this.watch,
      apiId: this.api.api.apiId,
      stageName,
      oldest,
      longest,
      presence,
    });
  }

  /** Lets a principal open cases, and start their workflows. */
  grantOpen(grantee: IGrantable): void {
    grantReadItems(this.cases, grantee);
    grantWriteItems(this.cases, grantee, 'dynamodb:PutItem');
    this.workflow.grantStart(grantee);
    if (this.#modelStages) grantReadItems(this.#modelStages, grantee);
  }

  /**
   * Lets the handlers tell the workflow that a case is decided. It is a policy of its own: the function that the
   * workflow invokes would otherwise wait for a policy that waits for the workflow.
   */
  #allowCallbacks(): void {
    new Policy(this, 'Callbacks', {
      roles: [this.await.role, this.handler.role],
      statements: [
        new PolicyStatement({
          actions: ['states:SendTaskSuccess', 'states:SendTaskHeartbeat'],
          resources: [this.workflow.stateMachine.stateMachineArn],
        }),
      ],
    });
  }

  #createPlan(props: HumanReviewProps): HandlerFunction {
    const environment: ReviewPlanEnvironment = { CASES_TABLE: this.cases.tableName, REVIEW_SETTINGS: this.settings };
    const plan = new HandlerFunction(this, 'Plan', { ...common(props), handler: 'review-plan', environment });
    grantReadItems(this.cases, plan);
    grantWriteItems(this.cases, plan, 'dynamodb:PutItem');
    return plan;
  }

  #createAwait(props: HumanReviewProps): HandlerFunction {
    const environment: ReviewAwaitEnvironment = {
      CASES_TABLE: this.cases.tableName,
      NOTIFICATIONS_TOPIC_ARN: this.notifications.topicArn,
    };
    const handler = new HandlerFunction(this, 'Await', { ...common(props), handler: 'review-await', environment });
    grantReadItems(this.cases, handler);
    grantWriteItems(this.cases, handler, 'dynamodb:PutItem');
    // The topic's own method would give rights to its key by a wildcard.
    props.encryptionKey.grant(handler, 'kms:GenerateDataKey', 'kms:Decrypt');
    handler.role.addToPolicy(
      new PolicyStatement({ actions: ['sns:Publish'], resources: [this.notifications.topicArn] }),
    );
    return handler;
  }

  #createSettle(props: HumanReviewProps): HandlerFunction {
    const environment: ReviewSettleEnvironment = {
      CASES_TABLE: this.cases.tableName,
      REVIEWERS_TABLE: this.reviewers.tableName,
      DECISIONS_TABLE: props.decisions.tableName,
      AUDIT_QUEUE_URL: props.auditTrail.queue.queueUrl,
      REVIEW_SETTINGS: this.settings,
    };
    const settle = new HandlerFunction(this, 'Settle', { ...common(props), handler: 'review-settle', environment });
    grantReadItems(this.cases, settle);
    grantWriteItems(this.cases, settle, 'dynamodb:PutItem');
    grantReadItems(this.reviewers, settle);
    grantWriteItems(this.reviewers, settle, 'dynamodb:UpdateItem');
    grantReadItems(props.decisions, settle);
    grantWriteItems(props.decisions, settle, 'dynamodb:UpdateItem');
    props.auditTrail.grantAppend(settle);
    return settle;
  }

  #createHandler(props: HumanReviewProps): HandlerFunction {
    const environment: ReviewEnvironment = {
      CASES_TABLE: this.cases.tableName,
      REVIEWERS_TABLE: this.reviewers.tableName,
      STAGES_TABLE: this.stagesTable,
      APPROVAL_KEY_ID: this.approvalKey.keyArn,
      WORKFLOW_ARN: this.workflow.stateMachine.stateMachineArn,
      REVIEW_SETTINGS: this.settings,
    };
    const handler = new HandlerFunction(this, 'Handler', { ...common(props), handler: 'review', environment });
    this.grantOpen(handler);
    grantQuery(this.cases, handler, queueIndex);
    grantWriteItems(this.reviewers, handler, 'dynamodb:UpdateItem');
    this.approvalKey.grantGenerateMac(handler);
    return handler;
  }

  #createContest(props: HumanReviewProps): HandlerFunction {
    const environment: ContestEnvironment = {
      DECISIONS_TABLE: props.decisions.tableName,
      CASES_TABLE: this.cases.tableName,
      STAGES_TABLE: this.stagesTable,
      WORKFLOW_ARN: this.workflow.stateMachine.stateMachineArn,
      REVIEW_SETTINGS: this.settings,
    };
    const contest = new HandlerFunction(this, 'Contest', { ...common(props), handler: 'contest', environment });
    grantReadItems(props.decisions, contest);
    this.grantOpen(contest);
    return contest;
  }

  #createProof(props: HumanReviewProps): HandlerFunction {
    const environment: ReviewProofEnvironment = {
      ...props.auditTrail.readerEnvironment,
      CASES_TABLE: this.cases.tableName,
      REVIEW_SETTINGS: this.settings,
    };
    const proof = new HandlerFunction(this, 'Proof', { ...common(props), handler: 'review-proof', environment });
    grantReadItems(this.cases, proof);
    props.auditTrail.grantAudit(proof);
    return proof;
  }

  #createWatch(props: HumanReviewProps, presence: Duration): HandlerFunction {
    const environment: ReviewWatchEnvironment = {
      CASES_TABLE: this.cases.tableName,
      REVIEWERS_TABLE: this.reviewers.tableName,
      PRESENCE_SECONDS: String(presence.toSeconds()),
    };
    const watch = new HandlerFunction(this, 'Watch', { ...common(props), handler: 'review-watch', environment });
    grantQuery(this.cases, watch, queueIndex);
    grantQuery(this.reviewers, watch);
    new Rule(this, 'EveryMinute', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(watch.function)],
    });
    return watch;
  }
}

function common({ encryptionKey, alarmTopic }: HumanReviewProps) {
  return { encryptionKey, alarmTopic };
}
