// The samples of docs/extend.md, which a test compares with this file. They compile, and the test synthesises them.
import { type App, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Schema } from 'aws-cdk-lib/aws-glue';
import { ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import {
  AuditTrail,
  BatchIngestion,
  createAlarms,
  type FoundationStack,
  loanApproval,
  ModelRegistry,
  ModelService,
  StreamIngestion,
} from '../../lib/index.ts';

// #region policy
export function stricterBank(app: App) {
  return loanApproval(app, {
    costRatio: 8,
    referMargin: 0.05,
    auditRetention: ObjectLockRetention.compliance(Duration.days(7 * 365)),
  });
}
// #endregion

interface SampleProps extends StackProps {
  readonly foundation: FoundationStack;
  readonly imageFolder: string;
  readonly script: string;
}

/** One of each construct, in a stack of one's own. */
export class ClaimsStack extends Stack {
  constructor(scope: Construct, id: string, props: SampleProps) {
    super(scope, id, props);
    const { foundation, imageFolder, script } = props;

    // #region shared
    const shared = {
      encryptionKey: foundation.key,
      alarmTopic: foundation.alarmTopic,
      accessLogs: foundation.accessLogs,
    };
    // #endregion

    // #region audit
    const trail = new AuditTrail(this, 'ClaimsTrail', {
      ...shared,
      retention: ObjectLockRetention.compliance(Duration.days(365)),
    });
    // #endregion

    // #region model
    const registry = new ModelRegistry(this, 'ClaimsModels', {
      encryptionKey: foundation.key,
      bucket: trail.bucket,
      model: 'models/claims',
    });
    const model = new ModelService(this, 'ClaimsModel', {
      ...shared,
      vpc: foundation.vpc,
      image: ContainerImage.fromAsset(imageFolder),
      registry: registry.bucket,
      model: registry.model,
      signingKey: registry.signingKey,
      minimumTasks: 3,
      slowAfter: Duration.millis(200),
    });
    // #endregion

    // #region stream
    const claims = new StreamIngestion(this, 'Claims', {
      ...shared,
      vpc: foundation.vpc,
      handler: 'consumer',
      environment: { MODEL_URL: model.url, AUDIT_BUCKET: trail.bucket.bucketName },
      silenceAfter: Duration.hours(4),
    });
    trail.grantAppend(claims.consumer);
    model.allowFrom(claims.consumer.function);
    // #endregion

    // #region batch
    new BatchIngestion(this, 'ClaimsHistory', {
      ...shared,
      script,
      rawColumns: [{ name: 'claim_id', type: Schema.STRING }],
      tableName: 'claims',
      workers: 10,
    });
    // #endregion

    // #region alarm
    createAlarms(this, foundation.alarmTopic, 'claims', {
      tooManyReferred: {
        metric: claims.metricConsumer('ApplicationsReferred'),
        meaning: 'Reviewers get more than they can decide in a day.',
        threshold: 200,
        evaluationPeriods: 3,
      },
    });
    // #endregion
  }
}
