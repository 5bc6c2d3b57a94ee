import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch';
import * as glue from 'aws-cdk-lib/aws-glue';
import { Grant, type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { acknowledge, wildcardFinding } from '../common/acknowledge.ts';
import { dataBucket } from '../common/data-bucket.ts';
import { grantObjects, grantReadObjects } from '../common/grants.ts';
import { Problems } from '../common/problems.ts';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';

export interface BatchIngestionProps {
  /** File of the Spark script, which gets `--source` and `--target`. */
  readonly script: string;
  /** The catalogue's columns of the table that the job writes, without its partitions. */
  readonly columns: readonly glue.Column[];
  /** The columns that the table is partitioned by. */
  readonly partitionKeys: readonly glue.Column[];
  /** The values of the partition columns: queries find new partitions by these, without a crawler. */
  readonly partitionProjection: glue.PartitionProjection;
  /** Encrypts the bucket, the job's log and its bookmarks; its policy must let CloudWatch Logs use it. */
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /** Receives the bucket's access log. */
  readonly accessLogs: IBucket;
  /**
   * When the job runs by itself, as a Glue cron expression in UTC.
   * @default 'cron(0 2 * * ? *)' - at two every night
   */
  readonly schedule?: string;
  /**
   * Time without a good run after which an alarm rings, in whole hours.
   * @default - 26 hours
   */
  readonly overdueAfter?: Duration;
  /**
   * Workers of type G.1X (4 vCPU, 16 GB).
   * @default 4
   */
  readonly workers?: number;
  /**
   * Longest time of one run.
   * @default - 1 hour
   */
  readonly timeout?: Duration;
  /**
   * Whether data goes with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

type AlarmName = 'jobFailed' | 'jobTimedOut' | 'overdue';

const raw = 'raw/';
const curated = 'curated/';

/**
 * A batch job over files in S3: raw files under `raw/`, the table that it writes under `curated/`, in the catalogue.
 *
 * The job runs on Glue's flexible capacity, which costs a third less and starts when there is room.
 */
export class BatchIngestion extends Construct implements IGrantable {
  readonly bucket: Bucket;
  readonly job: glue.PySparkFlexEtlJob;
  readonly role: Role;
  readonly database: glue.Database;
  readonly table: glue.S3Table;
  readonly logGroup: LogGroup;
  readonly alarms: Readonly<Record<AlarmName, Alarm>>;

  constructor(scope: Construct, id: string, props: BatchIngestionProps) {
    super(scope, id);
    const { schedule = 'cron(0 2 * * ? *)', workers = 4, timeout = Duration.hours(1) } = props;
    const overdueHours = (props.overdueAfter ?? Duration.hours(26)).toHours();
    new Problems('BatchIngestion')
      .within('workers', workers, 2, 299)
      .within('overdueAfter, in hours,', overdueHours, 1, 168)
      .check(/^cron\(.+\)$/.test(schedule), 'schedule', schedule, 'set an expression of the form cron(0 2 * * ? *)')
      .check(props.partitionKeys.length > 0, 'partitionKeys', props.partitionKeys, 'name one column or more')
      .throwIfAny();

    this.bucket = dataBucket(this, 'Bucket', {
      encryptionKey: props.encryptionKey,
      accessLogs: props.accessLogs,
      accessLogsPrefix: 'history/',
      lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(30) }],
      destroyData: props.destroyData,
    });
    this.database = new glue.Database(this, 'Database');
    this.table = new glue.S3Table(this, 'Table', {
      database: this.database,
      columns: [...props.columns],
      partitionKeys: [...props.partitionKeys],
      partitionProjection: props.partitionProjection,
      dataFormat: glue.DataFormat.PARQUET,
      storage: glue.S3TableStorage.fromBucket(this.bucket),
      s3Prefix: curated,
    });
    this.logGroup = new LogGroup(this, 'Log', {
      encryptionKey: props.encryptionKey,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = this.#createRole(props.encryptionKey);
    this.job = this.#createJob(props, workers, timeout);
    new glue.CfnTrigger(this, 'Schedule', {
      type: 'SCHEDULED',
      schedule,
      startOnCreation: true,
      actions: [{ jobName: this.job.jobName }],
    });
    this.alarms = this.#createAlarms(props.alarmTopic, overdueHours);
  }

  get grantPrincipal() {
    return this.role.grantPrincipal;
  }

  /** Lets a principal start and watch runs. */
  grantRun(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun'],
      resourceArns: [this.job.jobArn],
    });
  }

  #createJob(props: BatchIngestionProps, workers: number, timeout: Duration): glue.PySparkFlexEtlJob {
    const { encryptionKey } = props;
    // One object of the assets' bucket: `Code.fromAsset` would let the job read all of them.
    const script = new Asset(this, 'Script', { path: props.script });
    return new glue.PySparkFlexEtlJob(this, 'Job', {
      script: glue.Code.fromBucket(script.bucket, script.s3ObjectKey),
      glueVersion: glue.GlueVersion.V5_1,
      role: this.role,
      workerConfiguration: { workerType: glue.WorkerType.G_1X, numberOfWorkers: workers },
      maxConcurrentRuns: 1,
      maxRetries: 1,
      timeout,
      continuousLogging: { enabled: true, logGroup: this.logGroup },
      securityConfiguration: new glue.SecurityConfiguration(this, 'Security', {
        cloudWatchEncryption: glue.CloudWatchEncryption.kms(encryptionKey),
        jobBookmarksEncryption: glue.JobBookmarksEncryption.clientSideKms(encryptionKey),
        s3Encryption: glue.S3Encryption.kms(encryptionKey),
      }),
      defaultArguments: {
        '--source': this.bucket.s3UrlForObject(raw),
        '--target': this.bucket.s3UrlForObject(curated),
      },
    });
  }

  /** What a run may do; AWS's managed policy for Glue would also let it read every bucket whose name begins so. */
  #createRole(key: IKey): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('glue.amazonaws.com') });
    grantReadObjects(this.bucket, role, raw);
    grantReadObjects(this.bucket, role, curated);
    grantObjects(this.bucket, role, ['s3:PutObject', 's3:DeleteObject'], curated, ['kms:GenerateDataKey']);
    key.grant(role, 'kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey');
    const ownLogs = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: '/aws-glue/jobs/*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:AssociateKmsKey'],
        resources: [ownLogs],
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ['cloudwatch:PutMetricData'],
        resources: ['*'],
        conditions: { StringEquals: { 'cloudwatch:namespace': 'Glue' } },
      }),
    );
    role.addToPolicy(new PolicyStatement({ actions: ['glue:GetSecurityConfiguration'], resources: ['*'] }));
    acknowledge(role, {
      [wildcardFinding(role, ownLogs)]: "Glue's own log groups, whose names hold the security configuration's",
      ...Object.fromEntries(
        ['s3:GetObject*', 's3:GetBucket*', 's3:List*'].map((action) => [
          `AwsSolutions-IAM5[Action::${action}]`,
          'What the CDK grants on the script, which is one object',
        ]),
      ),
      'AwsSolutions-IAM5[Resource::*]': 'Metrics in one namespace and the security configuration: neither takes an ARN',
    });
    return role;
  }

  #createAlarms(topic: ITopic, overdueHours: number) {
    return createAlarms<AlarmName>(this, topic, 'batch-ingestion', {
      jobFailed: {
        metric: this.job.metricFailure({ period: alarmPeriod }),
        meaning: 'A run of the batch job failed: the curated table is as the run before left it.',
        threshold: 1,
      },
      jobTimedOut: {
        metric: this.job.metricTimeout({ period: alarmPeriod }),
        meaning: 'A run of the batch job was stopped at its time limit.',
        threshold: 1,
      },
      overdue: {
        metric: this.job.metricSuccess({ period: Duration.hours(1) }),
        meaning: `The batch job has not succeeded for ${overdueHours} hours: the curated table grows old.`,
        comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
        threshold: 1,
        evaluationPeriods: overdueHours,
        ringsWhenMissing: true,
      },
    });
  }
}
