import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type Alarm, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Effect, Grant, type IGrantable, PolicyStatement, StarPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { securedBucket } from '../common/data-bucket.ts';
import { grantWriteObjects } from '../common/grants.ts';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';
import { auditQueue } from './audit-queue.ts';

export interface AuditTrailProps {
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /** Receives the bucket's access log. */
  readonly accessLogs: s3.IBucket;
  /**
   * How long a record can be neither changed nor deleted, and who may lift the lock before its time: in COMPLIANCE
   * mode nobody, not even the account's root; in GOVERNANCE mode whoever has a special right, which is meant for
   * trials only. The EU AI Act, Article 26(6), asks for six months of logs or more.
   * @default - COMPLIANCE, 185 days
   */
  readonly retention?: s3.ObjectLockRetention;
}

type AlarmName = 'serverErrors' | 'refusedRequests' | 'deadLetters';

const filterId = 'EntireBucket';
const records = 'decisions/';

/**
 * A bucket for audit records that can be added and read, and neither changed nor deleted while their lock lasts.
 *
 * The bucket always outlives its stack: S3 refuses to delete it while it holds a locked record.
 */
export class AuditTrail extends Construct {
  readonly bucket: s3.Bucket;
  /** Entries that are durable and not yet in the log. */
  readonly queue: Queue;
  /** Entries that could not be appended. */
  readonly deadLetters: Queue;
  readonly alarms: Readonly<Record<AlarmName, Alarm>>;

  constructor(scope: Construct, id: string, props: AuditTrailProps) {
    super(scope, id);
    this.bucket = new s3.Bucket(this, 'Bucket', {
      ...securedBucket({ ...props, accessLogsPrefix: 'audit/' }),
      objectLockEnabled: true,
      objectLockDefaultRetention: props.retention ?? s3.ObjectLockRetention.compliance(Duration.days(185)),
      metrics: [{ id: filterId }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const { queue, deadLetters } = auditQueue(this, { ...props, visibilityTimeout: Duration.minutes(6) });
    this.queue = queue;
    this.deadLetters = deadLetters;
    this.#denyDeletion();
    this.#denyOtherEncryption(props.encryptionKey);
    this.alarms = createAlarms<AlarmName>(this, props.alarmTopic, 'audit-trail', {
      serverErrors: {
        metric: this.#metric('5xxErrors'),
        meaning: 'S3 fails requests to the audit bucket: decisions wait for their records.',
        severity: 'page',
        threshold: 5,
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
      },
      refusedRequests: {
        metric: this.metricRefusedShare(),
        meaning:
          'Half of the requests to the audit bucket are refused: a right is missing, or somebody tries to delete.',
        threshold: 50,
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
      },
      deadLetters: {
        metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({
          period: alarmPeriod,
          statistic: 'Maximum',
        }),
        meaning: 'Entries of the audit trail could not be appended: they wait for a person, for 14 days at most.',
        threshold: 1,
      },
    });
  }

  /** Lets a principal add entries, by the queue, and records; and read or delete none. */
  grantAppend(grantee: IGrantable): Grant {
    return this.grantAppendEntries(grantee).combine(grantWriteObjects(this.bucket, grantee, records));
  }

  /** Lets a principal add entries, by the queue, and nothing else. */
  grantAppendEntries(grantee: IGrantable): Grant {
    this.queue.encryptionMasterKey?.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt');
    return Grant.addToPrincipalOrResource({
      grantee,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.queue.queueArn],
      resource: this.queue,
    });
  }

  /**
   * Requests that S3 answered with 4xx, in per cent of all. A record that is written again (412) counts too, and is no
   * fault by itself.
   */
  metricRefusedShare(): MathExpression {
    return new MathExpression({
      expression: '100 * refused / requests',
      usingMetrics: { refused: this.#metric('4xxErrors'), requests: this.#metric('AllRequests') },
      label: 'refused requests, %',
      period: alarmPeriod,
    });
  }

  #metric(metricName: string): Metric {
    return new Metric({
      namespace: 'AWS/S3',
      metricName,
      dimensionsMap: { BucketName: this.bucket.bucketName, FilterId: filterId },
      statistic: 'Sum',
      period: alarmPeriod,
    });
  }

  /** The lock keeps versions; this also keeps a delete marker from hiding one. */
  #denyDeletion(): void {
    this.#deny('NobodyDeletesARecord', {
      actions: ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:PutObjectRetention', 's3:BypassGovernanceRetention'],
    });
  }

  /** A record without a header of its own gets the bucket's key; one that names another is refused. */
  #denyOtherEncryption(key: IKey): void {
    const method = 's3:x-amz-server-side-encryption';
    const keyId = 's3:x-amz-server-side-encryption-aws-kms-key-id';
    // A negated condition holds for a missing header too, hence the test that there is one.
    this.#deny('OnlyEncryptedByKms', {
      actions: ['s3:PutObject'],
      conditions: { Null: { [method]: 'false' }, StringNotEquals: { [method]: 'aws:kms' } },
    });
    this.#deny('OnlyWithTheTrailsKey', {
      actions: ['s3:PutObject'],
      conditions: { Null: { [keyId]: 'false' }, StringNotEquals: { [keyId]: key.keyArn } },
    });
  }

  #deny(sid: string, statement: { actions: string[]; conditions?: Record<string, Record<string, string>> }): void {
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid,
        effect: Effect.DENY,
        principals: [new StarPrincipal()],
        resources: [this.bucket.arnForObjects('*')],
        ...statement,
      }),
    );
  }
}
