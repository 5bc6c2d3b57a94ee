import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import * as glue from 'aws-cdk-lib/aws-glue';
import { Grant, type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { Problems } from '../common/problems.ts';
import { dataRemoval } from '../common/removal.ts';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';

export interface BatchIngestionProps {
  /** File of the Spark script, which gets `--source` and `--target`. */
  readonly script: string;
  /** The catalogue's columns of the table that the job writes, without its partition. */
  readonly columns: readonly glue.Column[];
  /** The columns that the table is partitioned by. */
  readonly partitionKeys: readonly glue.Column[];
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /** Receives the bucket's access log. */
  readonly accessLogs: s3.IBucket;
  /**
   * When the job runs by itself, as a Glue cron expression in UTC.
   * @default 'cron(0 2 * * ? *)' - at two every night
   */
  readonly schedule?: string;
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

/**
 * A batch job over files in S3: raw files under `raw/`, the table that it writes under `curated/`, in the catalogue.
 *
 * The job runs on Glue's flexible capacity, which costs a third less and starts when there is room.
 */
export class BatchIngestion extends Construct {
  readonly bucket: s3.Bucket;
  readonly job: glue.PySparkFlexEtlJob;
  readonly database: glue.Database;
  readonly table: glue.S3Table;
  readonly alarms: Readonly<Record<'jobFailed', Alarm>>;

  constructor(scope: Construct, id: string, props: BatchIngestionProps) {
    super(scope, id);
    const { schedule = 'cron(0 2 * * ? *)', workers = 4, timeout = Duration.hours(1) } = props;
    new Problems('BatchIngestion')
      .check(workers >= 2 && workers <= 299, 'workers', workers, 'set 2 to 299')
      .check(/^cron\(.+\)$/.test(schedule), 'schedule', schedule, 'set an expression of the form cron(0 2 * * ? *)')
      .check(props.partitionKeys.length > 0, 'partitionKeys', props.partitionKeys, 'name one column or more')
      .throwIfAny();

    this.bucket = new s3.Bucket(this, 'Bucket', {
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: props.encryptionKey,
      bucketKeyEnabled: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(30) }],
      serverAccessLogsBucket: props.accessLogs,
      serverAccessLogsPrefix: 'history/',
      removalPolicy: dataRemoval(this, props.destroyData),
    });
    this.database = new glue.Database(this, 'Database');
    this.table = new glue.S3Table(this, 'Table', {
      database: this.database,
      columns: [...props.columns],
      partitionKeys: [...props.partitionKeys],
      dataFormat: glue.DataFormat.PARQUET,
      storage: glue.S3TableStorage.fromBucket(this.bucket),
      s3Prefix: 'curated/',
    });
    const role = this.#createRole(props.encryptionKey);
    this.job = new glue.PySparkFlexEtlJob(this, 'Job', {
      script: glue.Code.fromAsset(props.script),
      glueVersion: glue.GlueVersion.V5_1,
      role,
      workerConfiguration: { workerType: glue.WorkerType.G_1X, numberOfWorkers: workers },
      maxConcurrentRuns: 1,
      maxRetries: 1,
      timeout,
      securityConfiguration: this.#securityConfiguration(props.encryptionKey),
      defaultArguments: {
        '--source': this.bucket.s3UrlForObject('raw/'),
        '--target': this.bucket.s3UrlForObject('curated/'),
      },
    });
    this.bucket.grantRead(this.job, 'raw/*');
    this.bucket.grantReadWrite(this.job, 'curated/*');
    new glue.CfnTrigger(this, 'Schedule', {
      type: 'SCHEDULED',
      schedule,
      startOnCreation: true,
      actions: [{ jobName: this.job.jobName }],
    });
    this.alarms = createAlarms(this, props.alarmTopic, 'batch-ingestion', {
      jobFailed: {
        metric: this.job.metricFailure({ period: alarmPeriod }),
        meaning: 'A run of the batch job failed: the curated table is as the run before left it.',
        threshold: 1,
      },
    });
  }

  /** Lets a principal start and watch runs. */
  grantRun(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun'],
      resourceArns: [this.job.jobArn],
    });
  }

  /** What a run may do; AWS's managed policy for Glue would also let it read every bucket whose name begins so. */
  #createRole(key: IKey): Role {
    const stack = Stack.of(this);
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('glue.amazonaws.com') });
    key.grantEncryptDecrypt(role);
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:AssociateKmsKey'],
        resources: [
          stack.formatArn({
            service: 'logs',
            resource: 'log-group',
            resourceName: '/aws-glue/jobs/*',
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ],
      }),
    );
    return role;
  }

  #securityConfiguration(kmsKey: IKey): glue.SecurityConfiguration {
    return new glue.SecurityConfiguration(this, 'Security', {
      cloudWatchEncryption: glue.CloudWatchEncryption.kms(kmsKey),
      jobBookmarksEncryption: glue.JobBookmarksEncryption.clientSideKms(kmsKey),
      s3Encryption: glue.S3Encryption.kms(kmsKey),
    });
  }
}
