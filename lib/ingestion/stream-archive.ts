import { Duration } from 'aws-cdk-lib';
import { type Alarm, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import * as glue from 'aws-cdk-lib/aws-glue';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import specification from '../../schemas/archive.json' with { type: 'json' };
import { dataBucket } from '../common/data-bucket.ts';
import { grantWriteObjects } from '../common/grants.ts';
import { HandlerFunction } from '../common/handler-function.ts';
import { Problems } from '../common/problems.ts';
import { createAlarms } from '../monitoring/alarms.ts';
import { type StreamIngestion, wholeRecordsTo } from './stream-ingestion.ts';

export interface StreamArchiveProps {
  /** Name of the bundled handler that archives. */
  readonly handler: string;
  /** What the handler needs beside `ARCHIVE_BUCKET`, which this construct gives it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whose records are archived. */
  readonly ingestion: StreamIngestion;
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /** Receives the archive's access log. */
  readonly accessLogs: IBucket;
  /**
   * How long rows are kept.
   * @default - two years
   */
  readonly retention?: Duration;
  /**
   * How long records are gathered: an object for each handful of them would be dear to query.
   * @default - 1 minute
   */
  readonly gatherFor?: Duration;
  /**
   * Records that came so long ago and are not in the archive yet ring an alarm.
   * @default - 15 minutes
   */
  readonly delayedAfter?: Duration;
  /**
   * Whether the archive goes with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

export type ArchiveAlarmName = 'archiveDelay' | 'archiveStalled';

/**
 * The stream's records, pseudonymised, in S3 by day and in the catalogue.
 *
 * A reader of its own, beside the consumer: the archive never holds up a decision. It is a function and no Firehose,
 * since records have to be pseudonymised before they are put down anywhere, and a batch that comes again has to be the
 * same object again; Firehose delivers at least once and keeps the duplicates.
 */
export class StreamArchive extends Construct {
  readonly bucket: Bucket;
  readonly database: glue.Database;
  readonly table: glue.S3Table;
  readonly archiver: HandlerFunction;
  readonly alarms: Readonly<Record<ArchiveAlarmName, Alarm>>;

  constructor(scope: Construct, id: string, props: StreamArchiveProps) {
    super(scope, id);
    const { retention = Duration.days(730), gatherFor = Duration.minutes(1) } = props;
    const { delayedAfter = Duration.minutes(15) } = props;
    new Problems('StreamArchive')
      .within('retention, in days,', retention.toDays(), 1, 36_500)
      .within('gatherFor, in seconds,', gatherFor.toSeconds(), 0, 300)
      .within('delayedAfter, in minutes,', delayedAfter.toMinutes(), 2, 1440)
      .throwIfAny();
    this.bucket = dataBucket(this, 'Bucket', {
      encryptionKey: props.encryptionKey,
      accessLogs: props.accessLogs,
      accessLogsPrefix: 'stream-archive/',
      lifecycleRules: [{ expiration: retention, noncurrentVersionExpiration: Duration.days(1) }],
      destroyData: props.destroyData,
    });
    this.database = new glue.Database(this, 'Database');
    this.table = this.#createTable();
    this.archiver = new HandlerFunction(this, 'Archiver', {
      handler: props.handler,
      environment: { ...props.environment, ARCHIVE_BUCKET: this.bucket.bucketName },
      encryptionKey: props.encryptionKey,
      alarmTopic: props.alarmTopic,
      timeout: Duration.minutes(1),
    });
    grantWriteObjects(this.bucket, this.archiver, 'archive/');
    props.ingestion.source.read({
      consumer: this.archiver,
      batchSize: 1_000,
      window: gatherFor,
      // As long as the record is there: the archive is complete, or its alarm rings.
      retryAttempts: undefined,
      failedItems: 'whole batch',
      onFailure: wholeRecordsTo(props.ingestion.failures.bucket),
    });
    this.alarms = this.#createAlarms(props, delayedAfter);
  }

  #createTable(): glue.S3Table {
    return new glue.S3Table(this, 'Table', {
      database: this.database,
      columns: specification.columns.map(({ name, type }) => ({ name, type: typeOf(type) })),
      partitionKeys: [{ name: 'day', type: glue.Schema.STRING }],
      // Nobody has to tell the catalogue of a new day.
      partitionProjection: {
        day: glue.PartitionProjectionConfiguration.date({ min: '2020-01-01', max: 'NOW', format: 'yyyy-MM-dd' }),
      },
      dataFormat: glue.DataFormat.JSON,
      compressed: true,
      storage: glue.S3TableStorage.fromBucket(this.bucket),
      s3Prefix: 'archive/',
    });
  }

  #createAlarms({ alarmTopic, ingestion }: StreamArchiveProps, delayedAfter: Duration) {
    return createAlarms<ArchiveAlarmName>(this, alarmTopic, 'stream-ingestion', {
      archiveDelay: {
        metric: new Metric({
          namespace: 'Seaworthy',
          metricName: 'ArchiveDelay',
          dimensionsMap: { service: this.archiver.service },
          statistic: 'Maximum',
          period: Duration.minutes(5),
        }),
        meaning: 'Records reach the archive too late.',
        threshold: delayedAfter.toMilliseconds(),
      },
      archiveStalled: {
        metric: new MathExpression({
          expression: 'IF(FILL(consumed, 0) > 0 AND FILL(archived, 0) < 1, 1, 0)',
          usingMetrics: {
            consumed: ingestion.consumer.function.metricInvocations({ statistic: 'Sum', period: delayedAfter }),
            archived: this.archiver.function.metricInvocations({ statistic: 'Sum', period: delayedAfter }),
          },
          label: 'records that nobody archives',
          period: delayedAfter,
        }),
        meaning: 'Records are consumed and none is archived: the mapping of the archiver is disabled or blocked.',
        threshold: 1,
      },
    });
  }
}

function typeOf(name: string): glue.Type {
  const types: Readonly<Record<string, glue.Type>> = {
    string: glue.Schema.STRING,
    double: glue.Schema.DOUBLE,
    int: glue.Schema.INTEGER,
    boolean: glue.Schema.BOOLEAN,
  };
  const found = types[name];
  if (!found) throw new Error(`schemas/archive.json: the type is ${name}: give ${Object.keys(types).join(', ')}`);
  return found;
}
