import { Duration, Token } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Effect, Grant, type IGrantable, PolicyStatement, StarPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { Problems } from '../common/problems.ts';
import { dataRemoval } from '../common/removal.ts';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';

export interface AuditTrailProps {
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /** Receives the bucket's access log. */
  readonly accessLogs: s3.IBucket;
  /**
   * How long a record can be neither changed nor deleted. The EU AI Act, Article 26(6), asks for six months of logs
   * or more.
   * @default - 185 days
   */
  readonly retention?: Duration;
  /**
   * Who may lift the lock before its time.
   * @default s3.ObjectLockMode.COMPLIANCE - nobody, not even the account's root
   */
  readonly mode?: s3.ObjectLockMode;
  /**
   * Whether the bucket goes with the stack; it takes the context flag `seaworthy:destroyData` as well, and S3 still
   * refuses while a record's lock lasts.
   * @default false
   */
  readonly destroyData?: boolean;
}

/** A bucket for audit records that can be added and read, and neither changed nor deleted while their lock lasts. */
export class AuditTrail extends Construct {
  readonly bucket: s3.Bucket;
  readonly alarms: Readonly<Record<'writeFailures', Alarm>>;

  constructor(scope: Construct, id: string, props: AuditTrailProps) {
    super(scope, id);
    const retention = props.retention ?? Duration.days(185);
    const mode = props.mode ?? s3.ObjectLockMode.COMPLIANCE;
    new Problems('AuditTrail')
      .check(
        retention.isUnresolved() || retention.toDays({ integral: false }) >= 1,
        'retention',
        Token.asString(retention.toString()),
        'set it to one day or more',
      )
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
      objectLockEnabled: true,
      objectLockDefaultRetention:
        mode === s3.ObjectLockMode.COMPLIANCE
          ? s3.ObjectLockRetention.compliance(retention)
          : s3.ObjectLockRetention.governance(retention),
      serverAccessLogsBucket: props.accessLogs,
      serverAccessLogsPrefix: 'audit/',
      metrics: [{ id: 'EntireBucket' }],
      removalPolicy: dataRemoval(this, props.destroyData),
    });
    // The lock keeps versions; this also keeps a delete marker from hiding one.
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'NobodyDeletesARecord',
        effect: Effect.DENY,
        principals: [new StarPrincipal()],
        actions: ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:PutObjectRetention', 's3:BypassGovernanceRetention'],
        resources: [this.bucket.arnForObjects('*')],
      }),
    );
    this.alarms = createAlarms(this, props.alarmTopic, 'audit-trail', {
      writeFailures: {
        metric: this.metricServerErrors(),
        meaning: 'S3 failed requests to the audit bucket: decisions wait for their records.',
        threshold: 5,
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
      },
    });
  }

  /** Lets a principal add records, and read or delete none. */
  grantAppend(grantee: IGrantable): Grant {
    this.bucket.encryptionKey?.grantEncrypt(grantee);
    return Grant.addToPrincipal({
      grantee,
      actions: ['s3:PutObject'],
      resourceArns: [this.bucket.arnForObjects('decisions/*')],
    });
  }

  /** Requests that S3 answered with 5xx, per period. */
  metricServerErrors(): Metric {
    return new Metric({
      namespace: 'AWS/S3',
      metricName: '5xxErrors',
      dimensionsMap: { BucketName: this.bucket.bucketName, FilterId: 'EntireBucket' },
      statistic: 'Sum',
      period: alarmPeriod,
    });
  }
}
