import { Duration, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import * as glue from 'aws-cdk-lib/aws-glue';
import { Grant, type IGrantable, type Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket, CfnBucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { dataBucket } from '../common/data-bucket.ts';
import { grantReadObjects } from '../common/grants.ts';
import { Problems } from '../common/problems.ts';
import { alarmPeriod } from '../monitoring/alarms.ts';
import { type BatchAlarmName, batchAlarms } from './batch-alarms.ts';
import { batchRole } from './batch-role.ts';
import { BatchRuns } from './batch-runs.ts';

export interface BatchIngestionProps {
  /**
   * File of the Spark script. It gets the addresses `--source`, `--warehouse`, `--state` and `--reports`, and the
   * `--database` and `--table` to write, and finds by itself which files are new.
   */
  readonly script: string;
  /**
   * Archive of the Python modules that the script imports.
   * @default - the script is all there is
   */
  readonly modules?: Asset;
  /**
   * More arguments of the script, such as `--pseudonym-key`.
   * @default - none
   */
  readonly arguments?: Readonly<Record<string, string>>;
  /** The catalogue's columns of the raw files, in their order. */
  readonly rawColumns: readonly glue.Column[];
  /** Name of the Iceberg table that the job makes and writes. */
  readonly tableName: string;
  /**
   * Rules of quality of the table, for Glue's own engine; the job has its own gate before the table.
   * @default - no rule set
   */
  readonly qualityRules?: glue.Dqdl;
  /**
   * Errors that the script ends with when its input is at fault: such a run is not tried again.
   * @default - none: every failed run is tried once more
   */
  readonly inputErrors?: readonly string[];
  /** Encrypts the bucket, the job's log and its bookmarks; its policy must let CloudWatch Logs use it. */
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /** Receives the bucket's access log. */
  readonly accessLogs: IBucket;
  /**
   * When the job runs by itself, as a cron expression in UTC; it runs when a file arrives as well.
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

const raw = 'raw/';
const curated = 'curated/';
const runs = 'runs/';

/** Namespace of the metrics that the job itself publishes, with the dimension `job`. */
const namespace = 'Seaworthy';

/**
 * A batch job over files in S3: raw files under `raw/`, the Iceberg table that it makes of them under `curated/`, what
 * runs leave (reports, and the state for the next) under `runs/`.
 *
 * The job runs on Glue's flexible capacity, which costs a third less and starts when there is room.
 */
export class BatchIngestion extends Construct implements IGrantable {
  readonly bucket: Bucket;
  readonly job: glue.PySparkFlexEtlJob;
  readonly role: Role;
  readonly database: glue.Database;
  /** The raw files in the catalogue; the job adds the table itself. */
  readonly rawTable: glue.S3Table;
  readonly tableName: string;
  /** Rules of the table for Glue's own engine, if there are any. */
  readonly ruleset?: glue.DataQualityRuleset;
  readonly runs: BatchRuns;
  readonly logGroup: LogGroup;
  readonly alarms: Readonly<Record<BatchAlarmName, Alarm>>;

  constructor(scope: Construct, id: string, props: BatchIngestionProps) {
    super(scope, id);
    const { schedule = 'cron(0 2 * * ? *)', workers = 4, timeout = Duration.hours(1) } = props;
    const overdueHours = (props.overdueAfter ?? Duration.hours(26)).toHours();
    new Problems('BatchIngestion')
      .within('workers', workers, 2, 299)
      .within('overdueAfter, in hours,', overdueHours, 1, 168)
      .check(/^cron\(.+\)$/.test(schedule), 'schedule', schedule, 'set an expression of the form cron(0 2 * * ? *)')
      .check(props.rawColumns.length > 0, 'rawColumns', props.rawColumns, 'name one column or more')
      .check(/^[a-z][a-z0-9_]*$/.test(props.tableName), 'tableName', props.tableName, 'use a-z, 0-9 and _')
      .throwIfAny();

    this.tableName = props.tableName;
    this.bucket = this.#createBucket(props);
    this.database = new glue.Database(this, 'Database', { locationUri: this.bucket.s3UrlForObject('curated') });
    this.rawTable = new glue.S3Table(this, 'RawTable', {
      database: this.database,
      columns: [...props.rawColumns],
      dataFormat: glue.DataFormat.CSV,
      parameters: { 'skip.header.line.count': '1' },
      storage: glue.S3TableStorage.fromBucket(this.bucket),
      s3Prefix: raw,
    });
    this.ruleset = props.qualityRules && this.#createRuleset(props.qualityRules);
    this.logGroup = new LogGroup(this, 'Log', {
      encryptionKey: props.encryptionKey,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = batchRole(this, {
      bucket: this.bucket,
      read: [raw],
      write: [curated, runs],
      catalogue: this.#catalogueArns(),
      namespace,
      encryptionKey: props.encryptionKey,
    });
    this.job = this.#createJob(props, workers, timeout);
    this.runs = new BatchRuns(this, 'Runs', {
      job: this.job,
      timeout,
      bucket: this.bucket,
      prefix: raw,
      schedule,
      encryptionKey: props.encryptionKey,
      inputErrors: props.inputErrors ?? [],
    });
    this.alarms = batchAlarms(this, {
      topic: props.alarmTopic,
      job: this.job,
      runs: this.runs,
      filesStopped: this.metricRun('FilesStopped'),
      expiriesFailed: this.metricRun('ExpiriesFailed'),
      overdueHours,
    });
  }

  get grantPrincipal() {
    return this.role.grantPrincipal;
  }

  /** Lets a principal read the table, at any snapshot, and find it in the catalogue. */
  grantReadTable(grantee: IGrantable): Grant {
    const inCatalogue = Grant.addToPrincipal({
      grantee,
      actions: ['glue:GetDatabase', 'glue:GetTable'],
      resourceArns: this.#catalogueArns(),
    });
    return grantReadObjects(this.bucket, grantee, curated).combine(inCatalogue);
  }

  /** Lets a principal start and watch runs. */
  grantRun(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun'],
      resourceArns: [this.job.jobArn],
    });
  }

  /** A count that the job publishes at the end of each run, such as `LoansAdded`. */
  metricRun(metricName: string): Metric {
    return new Metric({
      namespace,
      metricName,
      dimensionsMap: { job: this.job.jobName },
      statistic: 'Sum',
      period: alarmPeriod,
    });
  }

  #createBucket(props: BatchIngestionProps): Bucket {
    const bucket = dataBucket(this, 'Bucket', {
      encryptionKey: props.encryptionKey,
      accessLogs: props.accessLogs,
      accessLogsPrefix: 'history/',
      lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(30) }],
      destroyData: props.destroyData,
    });
    // The L2 would do this by a function of its own.
    const resource = bucket.node.defaultChild as CfnBucket;
    resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    return bucket;
  }

  #createRuleset(dqdl: glue.Dqdl): glue.DataQualityRuleset {
    return new glue.DataQualityRuleset(this, 'QualityRules', {
      rulesetName: Names.uniqueResourceName(this, { maxLength: 255 }),
      description: 'The rules of the gate, for the table as it is',
      dqdl,
      targetTable: glue.DataQualityTargetTable.fromTableName(this.database, this.tableName),
    });
  }

  #createJob(props: BatchIngestionProps, workers: number, timeout: Duration): glue.PySparkFlexEtlJob {
    const { encryptionKey } = props;
    // One object of the assets' bucket: `Code.fromAsset` would let the job read all of them.
    const script = new Asset(this, 'Script', { path: props.script });
    return new glue.PySparkFlexEtlJob(this, 'Job', {
      script: glue.Code.fromBucket(script.bucket, script.s3ObjectKey),
      extraPythonFiles: props.modules && [glue.Code.fromBucket(props.modules.bucket, props.modules.s3ObjectKey)],
      glueVersion: glue.GlueVersion.V5_1,
      role: this.role,
      workerConfiguration: { workerType: glue.WorkerType.G_1X, numberOfWorkers: workers },
      maxConcurrentRuns: 1,
      // The state machine tries again: it knows which failures pass.
      maxRetries: 0,
      timeout,
      continuousLogging: { enabled: true, logGroup: this.logGroup },
      securityConfiguration: new glue.SecurityConfiguration(this, 'Security', {
        cloudWatchEncryption: glue.CloudWatchEncryption.kms(encryptionKey),
        jobBookmarksEncryption: glue.JobBookmarksEncryption.clientSideKms(encryptionKey),
        s3Encryption: glue.S3Encryption.kms(encryptionKey),
      }),
      defaultArguments: {
        '--source': this.bucket.s3UrlForObject(raw),
        '--warehouse': this.bucket.s3UrlForObject(curated),
        '--state': this.bucket.s3UrlForObject(`${runs}state/`),
        '--reports': this.bucket.s3UrlForObject(`${runs}reports/`),
        '--database': this.database.databaseName,
        '--table': this.tableName,
        '--datalake-formats': 'iceberg',
        ...props.arguments,
      },
    });
  }

  #catalogueArns(): string[] {
    const { databaseName } = this.database;
    return ['catalog', `database/${databaseName}`, `table/${databaseName}/${this.tableName}`].map((resource) =>
      Stack.of(this).formatArn({ service: 'glue', resource }),
    );
  }
}
