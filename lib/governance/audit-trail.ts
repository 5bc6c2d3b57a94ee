import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Alarm, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, type Grant, type IGrantable, PolicyStatement, StarPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey, Key } from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AuditReaderEnvironment } from '../../lambdas/patterns/audit/environment.ts';
import { securedBucket } from '../common/data-bucket.ts';
import { grantReadBatches, grantReadItems, grantReadObjects, grantWriteItems } from '../common/grants.ts';
import type { HandlerFunction } from '../common/handler-function.ts';
import { Problems } from '../common/problems.ts';
import { type AuditAlarmName, auditAlarms, refusedShare } from './audit-alarms.ts';
import { logTable, signingKey, wrappingKey } from './audit-keys.ts';
import { auditQueue } from './audit-queue.ts';
import { sequencer, sequencerTimeout } from './sequencer.ts';

export interface AuditTrailProps {
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /** Receives the bucket's access log. */
  readonly accessLogs: s3.IBucket;
  /**
   * How long an object of the log can be neither changed nor deleted, and who may lift the lock before its time: in
   * COMPLIANCE mode nobody, not even the account's root; in GOVERNANCE mode whoever has a special right, which is
   * meant for trials only. The EU AI Act, Article 26(6), asks for six months of logs or more.
   * @default - COMPLIANCE, 185 days
   */
  readonly retention?: s3.ObjectLockRetention;
  /**
   * The log's name, in every checkpoint and with its public key: an address without a scheme, which need not answer.
   * It must never change.
   * @default - `seaworthy.audit/`, the account, the region and the construct's address
   */
  readonly origin?: string;
  /**
   * How long entries are gathered for one batch, 0 to 300 seconds. Each batch writes its tiles anew as far as they are
   * partial, so that a longer window takes less room and an entry waits longer for its proof.
   * @default - 5 seconds
   */
  readonly batchingWindow?: Duration;
  /**
   * Most entries of one batch, 1 to 10,000.
   * @default 1000
   */
  readonly batchSize?: number;
}

const filterId = 'EntireBucket';

/**
 * A log that can be added to and read, and neither changed nor cut: a Merkle tree (RFC 9162) in tiles (C2SP tlog-tiles)
 * under Object Lock, whose checkpoints a key of KMS signs. Writers put entries into a queue; one sequencer appends them.
 *
 * Entries about a person are sealed with a key of that person: once that key is erased nobody can read them, and the
 * log still verifies.
 *
 * All that the log consists of outlives its stack: S3 refuses to delete the bucket while it holds a locked object.
 */
export class AuditTrail extends Construct {
  /** The log itself. */
  readonly bucket: s3.Bucket;
  /** Entries that are durable and not yet in the log. */
  readonly queue: Queue;
  /** Entries that could not be appended. */
  readonly deadLetters: Queue;
  /** The head of the log, and the index of each entry by its type and id. */
  readonly ledger: Table;
  /** Persons' keys, wrapped. */
  readonly subjectKeys: Table;
  readonly wrappingKey: Key;
  readonly signingKey: Key;
  readonly sequencer: HandlerFunction;
  /** The log's name. */
  readonly origin: string;
  /** Alarms of the log; those of the sequencer as a function are in `sequencer.alarms`. */
  readonly alarms: Readonly<Record<AuditAlarmName, Alarm>>;

  constructor(scope: Construct, id: string, props: AuditTrailProps) {
    super(scope, id);
    const { batchingWindow = Duration.seconds(5), batchSize = 1000, encryptionKey } = props;
    const { account, region } = Stack.of(this);
    this.origin = props.origin ?? `seaworthy.audit/${account}/${region}/${this.node.addr}`;
    new Problems('AuditTrail')
      .within('batchingWindow, in seconds,', batchingWindow.toSeconds(), 0, 300)
      .within('batchSize', batchSize, 1, 10_000)
      .check(!/[\s+]/.test(this.origin) && this.origin !== '', 'origin', this.origin, 'leave out spaces and plus')
      .throwIfAny();

    this.bucket = this.#createBucket(props);
    const visibilityTimeout = Duration.seconds(6 * sequencerTimeout.toSeconds() + batchingWindow.toSeconds());
    const { queue, deadLetters } = auditQueue(this, { encryptionKey, visibilityTimeout });
    this.queue = queue;
    this.deadLetters = deadLetters;
    this.ledger = logTable(this, 'Ledger', encryptionKey);
    this.subjectKeys = logTable(this, 'SubjectKeys', encryptionKey);
    this.wrappingKey = wrappingKey(this);
    this.signingKey = signingKey(this);
    this.sequencer = sequencer(this, { ...props, ...this.#parts(), batchingWindow, batchSize });
    this.alarms = auditAlarms(this, { ...this.#parts(), filterId, topic: props.alarmTopic, sequencer: this.sequencer });
  }

  /** Lets a principal add entries, by the queue, and read or delete none. */
  grantAppend(grantee: IGrantable): Grant {
    this.queue.encryptionMasterKey?.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt');
    return this.queue.grant(grantee, 'sqs:SendMessage');
  }

  /** Lets a principal verify the log, and read the entries of persons whose keys are there. */
  grantAudit(grantee: IGrantable): Grant {
    this.signingKey.grant(grantee, 'kms:GetPublicKey');
    this.wrappingKey.grant(grantee, 'kms:Decrypt');
    return grantReadObjects(this.bucket, grantee)
      .combine(grantReadBatches(this.ledger, grantee))
      .combine(grantReadItems(this.subjectKeys, grantee));
  }

  /** Where the trail is, as a handler that audits it is told. */
  get readerEnvironment(): AuditReaderEnvironment {
    return {
      AUDIT_BUCKET: this.bucket.bucketName,
      LEDGER_TABLE: this.ledger.tableName,
      SUBJECT_KEYS_TABLE: this.subjectKeys.tableName,
      WRAPPING_KEY_ID: this.wrappingKey.keyArn,
      SIGNING_KEY_ID: this.signingKey.keyArn,
      LOG_ORIGIN: this.origin,
    };
  }

  /** Lets a principal erase persons' keys, and append that it did. */
  grantErase(grantee: IGrantable): Grant {
    grantWriteItems(this.subjectKeys, grantee, 'dynamodb:UpdateItem', 'dynamodb:DeleteItem');
    return grantReadItems(this.subjectKeys, grantee).combine(this.grantAppend(grantee));
  }

  /** Requests to the bucket that were refused, in per cent of all. */
  metricRefusedShare(): MathExpression {
    return refusedShare({ bucket: this.bucket, filterId });
  }

  #parts() {
    const { bucket, queue, deadLetters, ledger, subjectKeys, origin } = this;
    return {
      bucket,
      queue,
      deadLetters,
      ledger,
      subjectKeys,
      origin,
      wrappingKey: this.wrappingKey,
      signingKey: this.signingKey,
    };
  }

  #createBucket(props: AuditTrailProps): s3.Bucket {
    const bucket = new s3.Bucket(this, 'Bucket', {
      ...securedBucket({ ...props, accessLogsPrefix: 'audit/' }),
      objectLockEnabled: true,
      objectLockDefaultRetention: props.retention ?? s3.ObjectLockRetention.compliance(Duration.days(185)),
      metrics: [{ id: filterId }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // The lock keeps versions; this also keeps a delete marker from hiding one.
    deny(bucket, 'NobodyDeletesARecord', {
      actions: ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:PutObjectRetention', 's3:BypassGovernanceRetention'],
    });
    denyOtherEncryption(bucket, props.encryptionKey);
    return bucket;
  }
}

/** An object without a header of its own gets the bucket's key; one that names another is refused. */
function denyOtherEncryption(bucket: s3.Bucket, key: IKey): void {
  const method = 's3:x-amz-server-side-encryption';
  const keyId = 's3:x-amz-server-side-encryption-aws-kms-key-id';
  // A negated condition holds for a missing header too, hence the test that there is one.
  deny(bucket, 'OnlyEncryptedByKms', {
    actions: ['s3:PutObject'],
    conditions: { Null: { [method]: 'false' }, StringNotEquals: { [method]: 'aws:kms' } },
  });
  deny(bucket, 'OnlyWithTheTrailsKey', {
    actions: ['s3:PutObject'],
    conditions: { Null: { [keyId]: 'false' }, StringNotEquals: { [keyId]: key.keyArn } },
  });
}

function deny(
  bucket: s3.Bucket,
  sid: string,
  statement: { readonly actions: string[]; readonly conditions?: Record<string, Record<string, string>> },
): void {
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid,
      effect: Effect.DENY,
      principals: [new StarPrincipal()],
      resources: [bucket.arnForObjects('*')],
      ...statement,
    }),
  );
}
