import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge, wildcardFinding } from '../common/acknowledge.ts';
import { grantObjects, grantReadObjects } from '../common/grants.ts';

export interface BatchRoleProps {
  readonly bucket: IBucket;
  /** Prefixes that a run only reads. */
  readonly read: readonly string[];
  /** Prefixes that it reads and writes. */
  readonly write: readonly string[];
  /** What of the catalogue it reads and writes: the catalogue, the database and the table. */
  readonly catalogue: readonly string[];
  /** Namespace of the metrics that the job publishes itself. */
  readonly namespace: string;
  readonly encryptionKey: IKey;
}

/** What a run may do; AWS's managed policy for Glue would also let it read every bucket whose name begins so. */
export function batchRole(scope: Construct, props: BatchRoleProps): Role {
  const role = new Role(scope, 'Role', { assumedBy: new ServicePrincipal('glue.amazonaws.com') });
  for (const prefix of [...props.read, ...props.write]) grantReadObjects(props.bucket, role, prefix);
  for (const prefix of props.write) {
    grantObjects(props.bucket, role, ['s3:PutObject', 's3:DeleteObject'], prefix, ['kms:GenerateDataKey']);
  }
  props.encryptionKey.grant(role, 'kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey');
  const ownLogs = Stack.of(scope).formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: '/aws-glue/jobs/*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const statements = [
    {
      actions: ['glue:GetDatabase', 'glue:GetTable', 'glue:CreateTable', 'glue:UpdateTable'],
      resources: [...props.catalogue],
    },
    {
      actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:AssociateKmsKey'],
      resources: [ownLogs],
    },
    {
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': ['Glue', props.namespace] } },
    },
    { actions: ['glue:GetSecurityConfiguration'], resources: ['*'] },
  ];
  for (const statement of statements) role.addToPolicy(new PolicyStatement(statement));
  acknowledge(role, {
    [wildcardFinding(role, ownLogs)]: "Glue's own log groups, whose names hold the security configuration's",
    ...Object.fromEntries(
      ['s3:GetObject*', 's3:GetBucket*', 's3:List*'].map((action) => [
        `AwsSolutions-IAM5[Action::${action}]`,
        'What the CDK grants on the script and on its modules, which are one object each',
      ]),
    ),
    'AwsSolutions-IAM5[Resource::*]': 'Metrics in two namespaces and the security configuration: neither takes an ARN',
  });
  return role;
}
