import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { dataRemoval, destroysData } from './removal.ts';

export interface DataBucketProps {
  readonly encryptionKey: IKey;
  /** Receives the bucket's access log, under `accessLogsPrefix`. */
  readonly accessLogs: s3.IBucket;
  readonly accessLogsPrefix: string;
  /**
   * Whether the objects go with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
  /** @default - objects stay */
  readonly lifecycleRules?: s3.LifecycleRule[];
}

/** What every bucket with data has: customer key, TLS only, no public access, versions, access log. */
export function securedBucket(
  props: Pick<DataBucketProps, 'encryptionKey' | 'accessLogs' | 'accessLogsPrefix'>,
): s3.BucketProps {
  return {
    encryption: s3.BucketEncryption.KMS,
    encryptionKey: props.encryptionKey,
    bucketKeyEnabled: true,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned: true,
    serverAccessLogsBucket: props.accessLogs,
    serverAccessLogsPrefix: props.accessLogsPrefix,
  };
}

/** A bucket for data, which stays when its stack goes unless both keys say otherwise. */
export function dataBucket(scope: Construct, id: string, props: DataBucketProps): s3.Bucket {
  return new s3.Bucket(scope, id, {
    ...securedBucket(props),
    lifecycleRules: [
      // Parts of an upload that never ended are invisible and are paid for.
      { abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ...(props.lifecycleRules ?? []),
    ],
    removalPolicy: dataRemoval(scope, props.destroyData),
    autoDeleteObjects: destroysData(scope, props.destroyData),
  });
}
