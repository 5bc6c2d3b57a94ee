import { Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, type ContainerImage, ContainerInsights, type ICluster } from 'aws-cdk-lib/aws-ecs';
import { Grant, type IGrantable, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledge } from '../common/acknowledge.ts';
import { dataTable } from '../common/data-table.ts';
import { grantReadObject, grantReadObjects } from '../common/grants.ts';
import type { AuditTrail } from '../governance/audit-trail.ts';
import type { ModelRegistry } from './model-registry.ts';
import { type TrainingAlarmName, trainingAlarms } from './training-alarms.ts';
import { waitForApproval } from './training-approval.ts';
import { checkProps, timesOf } from './training-checks.ts';
import { type StepVariables, TrainingTasks } from './training-tasks.ts';
import { segmentText, type TransferOptions } from './training-transfer.ts';

/** How hyper-parameters are searched: all points of a grid, by a Gaussian process, or by TPE with pruning. */
export type SearchMethod = 'grid' | 'bayesian' | 'tpe';

export interface TrainingPipelineProps {
  /** Image of the steps, which runs `python -m trainer.pipeline STEP`. */
  readonly image: ContainerImage;
  /** Network of the steps; they run in the isolated subnets. */
  readonly vpc: IVpc;
  /** Where versions go, and who may train and approve. */
  readonly registry: ModelRegistry;
  /** Bucket of the loans. */
  readonly source: IBucket;
  /** Key of the file of loans in `source`. */
  readonly sourceKey: string;
  /**
   * Where in `source` the history's Iceberg table is, such as `curated/`.
   * @default - none: a training takes the file, and its data snapshot is the file's SHA-256
   */
  readonly tablePrefix?: string;
  /** File with the definition of the features. */
  readonly features: string;
  /** Encrypts the study's journal and the log; its policy must let CloudWatch Logs use it. */
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /**
   * Is told of each promotion before the service follows it.
   * @default - none: who promoted what is in the registry's table only, which can be changed
   */
  readonly auditTrail?: AuditTrail;
  /** @default 'tpe' */
  readonly search?: SearchMethod;
  /**
   * Makes the model from a registered one, where that is measured to be better than training from scratch.
   * @default - every model is trained from scratch
   */
  readonly transfer?: TransferOptions;
  /**
   * Trials of all workers together; a grid has as many as it has points.
   * @default 24
   */
  readonly trials?: number;
  /**
   * Workers that share a search.
   * @default 2
   */
  readonly workers?: number;
  /**
   * Years that a search measures on, the last ones of the period, each by a model of the time before.
   * @default 2
   */
  readonly folds?: number;
  /**
   * Cost of a bad loan accepted over the cost of a good one refused.
   * @default 5
   */
  readonly costRatio?: number;
  /**
   * How long a version waits for its approval.
   * @default - 7 days
   */
  readonly approvalTimeout?: Duration;
  /**
   * How long it waits without a sign of anybody who looks at it; `npm run model -- hold` gives one.
   * @default - 2 days
   */
  readonly approvalHeartbeat?: Duration;
  /**
   * Longest time of one step.
   * @default - 4 hours
   */
  readonly stepTimeout?: Duration;
  /**
   * Cluster of the steps.
   * @default - one of its own
   */
  readonly cluster?: ICluster;
  /**
   * Processor units of a step; 1024 are one vCPU.
   * @default 2048
   */
  readonly cpu?: number;
  /**
   * Memory of a step.
   * @default - 8 GiB
   */
  readonly memory?: Size;
  /**
   * Whether the journals go with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

/** The answers to a run that waits. */
const answers = ['states:SendTaskSuccess', 'states:SendTaskFailure', 'states:SendTaskHeartbeat'];

/**
 * From loans to a champion: prepare, search, refit, calibrate, evaluate, register, then wait for a person's approval,
 * and promote.
 *
 * An execution takes `{first, last, seed, table, snapshot, requestedBy}`: the address of the table's metadata and the id of
 * its snapshot, both empty for the file; `requestedBy` is the user id of whoever starts it, who has
 * written so in the registry's table. What the steps hand on is in `<registry>/runs/<execution>/`.
 */
export class TrainingPipeline extends Construct {
  readonly stateMachine: sfn.StateMachine;
  readonly tasks: TrainingTasks;
  readonly cluster: ICluster;
  /** The journals of all searches, by `study` and `number`. */
  readonly journals: Table;
  readonly logGroup: LogGroup;
  readonly alarms: Readonly<Record<TrainingAlarmName, Alarm>>;

  constructor(scope: Construct, id: string, props: TrainingPipelineProps) {
    super(scope, id);
    checkProps(props);
    const { registry, encryptionKey } = props;
    this.journals = dataTable(this, 'Journals', {
      partitionKey: { name: 'study', type: AttributeType.STRING },
      sortKey: { name: 'number', type: AttributeType.NUMBER },
      encryptionKey,
      destroyData: props.destroyData,
    });
    this.logGroup = new LogGroup(this, 'Log', {
      encryptionKey,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.cluster =
      props.cluster ?? new Cluster(this, 'Cluster', { vpc: props.vpc, containerInsightsV2: ContainerInsights.ENABLED });
    const features = new Asset(this, 'Features', { path: props.features });
    this.tasks = new TrainingTasks(this, 'Steps', {
      image: props.image,
      cluster: this.cluster,
      environment: this.#environment(props, features),
      logGroup: this.logGroup,
      cpu: props.cpu ?? 2048,
      memory: props.memory ?? Size.gibibytes(8),
      timeout: props.stepTimeout ?? Duration.hours(4),
    });
    this.#grantWork(props, features);
    this.stateMachine = this.#createStateMachine(props);
    this.#grantPeople(registry);
    this.alarms = trainingAlarms(this, props.alarmTopic, this.stateMachine);
  }

  #environment(props: TrainingPipelineProps, features: Asset): Record<string, string> {
    const { registry } = props;
    return {
      AWS_REGION: Stack.of(this).region,
      SOURCE: props.source.s3UrlForObject(props.sourceKey),
      FEATURES: features.s3ObjectUrl,
      REGISTRY: registry.uri,
      STAGES: registry.stages.tableName,
      SIGNING_KEY: registry.signingKey.keyArn,
      METHOD: props.search ?? 'tpe',
      TRIALS: String(props.trials ?? 24),
      WORKERS: String(props.workers ?? 2),
      FOLDS: String(props.folds ?? 2),
      COST_RATIO: String(props.costRatio ?? 5),
      SEGMENT: segmentText(props.transfer),
      ...(props.auditTrail && { AUDIT_QUEUE_URL: props.auditTrail.queue.queueUrl }),
    };
  }

  /** What the steps may do: read loans and definition, keep journals, register and promote. */
  #grantWork(props: TrainingPipelineProps, features: Asset): void {
    const role = this.tasks.definition.taskRole;
    grantReadObject(props.source, role, props.sourceKey);
    if (props.tablePrefix !== undefined) grantReadObjects(props.source, role, props.tablePrefix);
    grantReadObject(features.bucket, role, features.s3ObjectKey);
    this.journals.encryptionKey?.grant(role, 'kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey');
    this.journals.grant(role, 'dynamodb:Query', 'dynamodb:PutItem');
    props.registry.grantRegister(role);
    props.transfer?.from?.grantRead(role);
    props.auditTrail?.grantAppend(role);
  }

  #createStateMachine(props: TrainingPipelineProps): sfn.StateMachine {
    const machine = new sfn.StateMachine(this, 'StateMachine', {
      definitionBody: sfn.DefinitionBody.fromChainable(this.#definition(props)),
      timeout: timesOf(props).timeout.plus(Duration.days(2)),
      tracingEnabled: true,
      logs: { destination: this.logGroup, level: sfn.LogLevel.ALL, includeExecutionData: false },
    });
    props.registry.stages.encryptionKey?.grant(
      machine,
      'kms:Encrypt',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'kms:DescribeKey',
    );
    acknowledge(machine.role, {
      'AwsSolutions-IAM5[Resource::*]': 'Deliveries of logs and traces, and the tasks that it starts: none has an ARN',
    });
    return machine;
  }

  #definition(props: TrainingPipelineProps): sfn.IChainable {
    const name = sfn.JsonPath.stringAt('$$.Execution.Name');
    const run = {
      RUN_NAME: name,
      RUN: sfn.JsonPath.format(`${props.registry.uri}/runs/{}`, name),
      STUDY: sfn.JsonPath.format(`dynamodb://${this.journals.tableName}/{}`, name),
    };
    const asked = { ...run, REQUESTED_BY: sfn.JsonPath.stringAt('$.requestedBy') };
    const data = {
      FIRST: sfn.JsonPath.stringAt('$.first'),
      LAST: sfn.JsonPath.stringAt('$.last'),
      SEED: sfn.JsonPath.stringAt('$.seed'),
      TABLE: sfn.JsonPath.stringAt('$.table'),
      SNAPSHOT: sfn.JsonPath.stringAt('$.snapshot'),
    };
    const search = new sfn.Parallel(this, 'Search', { resultPath: sfn.JsonPath.DISCARD });
    for (let worker = 0; worker < (props.workers ?? 2); worker++) {
      search.branch(this.tasks.step(`Worker ${worker}`, 'search', { ...run, WORKER: String(worker) }));
    }
    const promote = this.tasks.step('Promote', 'promote', {
      ...run,
      APPROVED_BY: sfn.JsonPath.stringAt('$.approval.approvedBy'),
    });
    const fitted = this.tasks
      .step('Prepare', 'prepare', { ...asked, ...data })
      .next(search)
      .next(this.tasks.step('Refit', 'refit', run));
    return this.#transferred(fitted, props, run)
      .next(this.tasks.step('Calibrate', 'calibrate', run))
      .next(this.tasks.step('Evaluate', 'evaluate', run))
      .next(this.tasks.step('Register', 'register', asked))
      .next(waitForApproval(this, props.registry.stages, timesOf(props)))
      .next(promote);
  }

  /** The chain so far, with the step that makes the models from a registered one where transfer is asked for. */
  #transferred(fitted: sfn.Chain, { transfer, registry }: TrainingPipelineProps, run: StepVariables): sfn.Chain {
    if (transfer === undefined) return fitted;
    const from = {
      TRANSFER_REGISTRY: (transfer.from ?? registry).uri,
      TRANSFER_VERSION: transfer.version ?? 'champion',
    };
    return fitted.next(this.tasks.step('Transfer', 'transfer', { ...run, ...from }));
  }

  /** Lets a principal answer a run that waits for approval. */
  grantApprove(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({ grantee, actions: answers, resourceArns: [this.stateMachine.stateMachineArn] });
  }

  /**
   * Trainers may start a training, approvers answer for its version. The policies belong here: the roles may be of a
   * stack that this one depends on.
   */
  #grantPeople({ trainers, approvers }: ModelRegistry): void {
    const { stateMachineArn } = this.stateMachine;
    const statement = (actions: string[]) => new PolicyStatement({ actions, resources: [stateMachineArn] });
    new Policy(this, 'MayTrain', { roles: [trainers], statements: [statement(['states:StartExecution'])] });
    new Policy(this, 'MayApprove', { roles: [approvers], statements: [statement(answers)] });
  }
}
