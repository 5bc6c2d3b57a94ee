import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { test } from 'vitest';
import { destroyDataFlag } from '../../../lib/common/removal.ts';
import { AuditTrail, type AuditTrailProps } from '../../../lib/governance/audit-trail.ts';
import { fixture } from '../fixture.ts';

function synthesise(props: Partial<AuditTrailProps> = {}, context = {}) {
  const { stack, shared } = fixture(context);
  const trail = new AuditTrail(stack, 'Trail', { ...shared, ...props });
  return { stack, trail, template: () => Template.fromStack(stack) };
}

function lock(mode: string, days: number) {
  return {
    ObjectLockEnabled: true,
    ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: mode, Days: days } } },
  };
}

test('records are locked for more than six months, for everybody', () => {
  synthesise().template().hasResourceProperties('AWS::S3::Bucket', lock('COMPLIANCE', 185));
});

test('the lock can be another', () => {
  const retention = ObjectLockRetention.governance(Duration.days(2));
  synthesise({ retention }).template().hasResourceProperties('AWS::S3::Bucket', lock('GOVERNANCE', 2));
});

test('the bucket outlives its stack, whatever the context says', () => {
  synthesise({}, { [destroyDataFlag]: true })
    .template()
    .hasResource('AWS::S3::Bucket', { Properties: lock('COMPLIANCE', 185), DeletionPolicy: 'Retain' });
});

test('nobody deletes, and nobody writes in clear text, with another key or over plain HTTP', () => {
  const denied = (statement: object) => Match.objectLike({ Effect: 'Deny', Principal: '*', ...statement });
  const method = 's3:x-amz-server-side-encryption';
  const keyId = 's3:x-amz-server-side-encryption-aws-kms-key-id';
  synthesise()
    .template()
    .hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          denied({ Action: Match.arrayWith(['s3:DeleteObject', 's3:DeleteObjectVersion']) }),
          denied({
            Action: 's3:PutObject',
            Condition: { Null: { [method]: 'false' }, StringNotEquals: { [method]: 'aws:kms' } },
          }),
          denied({
            Action: 's3:PutObject',
            Condition: {
              Null: { [keyId]: 'false' },
              StringNotEquals: { [keyId]: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] } },
            },
          }),
        ]),
      },
    });
});

test('who may append may neither read nor delete', () => {
  const { stack, trail, template } = synthesise();
  trail.grantAppend(new Role(stack, 'Writer', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
  template().hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: [
        { Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Effect: 'Allow' },
        { Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^TrailQueue'), 'Arn'] } },
        {
          Action: 's3:PutObject',
          Resource: { 'Fn::Join': ['', [Match.anyValue(), '/decisions/*']] },
        },
      ].map((statement) => Match.objectLike(statement)),
    },
  });
});

test('entries wait encrypted, for 14 days at most, and those that fail are kept apart', () => {
  const made = synthesise().template();
  made.resourceCountIs('AWS::SQS::Queue', 2);
  made.allResourcesProperties('AWS::SQS::Queue', {
    KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
    MessageRetentionPeriod: 14 * 24 * 3600,
  });
  made.hasResourceProperties('AWS::SQS::Queue', {
    RedrivePolicy: {
      deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^TrailDeadLetters'), 'Arn'] },
      maxReceiveCount: 20,
    },
  });
});
