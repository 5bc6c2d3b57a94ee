import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { expect, test } from 'vitest';
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
    Roles: [{ Ref: Match.stringLikeRegexp('^Writer') }],
    PolicyDocument: {
      Statement: [
        { Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Effect: 'Allow' },
        { Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^TrailQueue'), 'Arn'] } },
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

test('one sequencer appends, in batches, with a key that signs and nothing else', () => {
  const made = synthesise({
    batchingWindow: Duration.seconds(60),
    batchSize: 500,
    origin: 'audit.example/log',
  }).template();
  made.hasResourceProperties('AWS::Lambda::Function', {
    ReservedConcurrentExecutions: 1,
    Environment: { Variables: Match.objectLike({ LOG_ORIGIN: 'audit.example/log' }) },
  });
  made.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    BatchSize: 500,
    MaximumBatchingWindowInSeconds: 60,
    ScalingConfig: { MaximumConcurrency: 2 },
  });
  made.hasResourceProperties('AWS::SQS::Queue', { VisibilityTimeout: 420 });
  made.hasResourceProperties('AWS::KMS::Key', { KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' });
});

test('what is erased can be restored for a week at most', () => {
  const made = synthesise().template();
  made.resourceCountIs('AWS::DynamoDB::Table', 2);
  made.allResourcesProperties('AWS::DynamoDB::Table', {
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
    DeletionProtectionEnabled: true,
  });
});

test('who audits reads, and who erases appends that it did: neither signs, and the sequencer erases nothing', () => {
  const { stack, trail, template } = synthesise();
  const role = (id: string) => new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  trail.grantAudit(role('Auditor'));
  trail.grantErase(role('Eraser'));
  const actions = Object.fromEntries(
    Object.values(template().findResources('AWS::IAM::Policy')).map(({ Properties }) => [
      String(Properties.Roles[0].Ref),
      Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
    ]),
  );
  const of = (prefix: string) => Object.entries(actions).find(([name]) => name.startsWith(prefix))?.[1] as string[];
  expect(of('Auditor')).toEqual(expect.arrayContaining(['s3:GetObject', 's3:ListBucket', 'kms:GetPublicKey']));
  expect(of('Auditor').filter((action) => /Put|Delete|Update|Sign|Send/.test(action))).toEqual([]);
  expect(of('Eraser')).toEqual(expect.arrayContaining(['dynamodb:DeleteItem', 'sqs:SendMessage']));
  expect(of('Eraser')).not.toContain('kms:Sign');
  expect(of('TrailSequencer').filter((action) => /Delete(Item|Object)/.test(action))).toEqual([]);
});

test('props that can not be are told of all at once', () => {
  const wrong = { batchingWindow: Duration.minutes(6), batchSize: 0, origin: 'two words' };
  expect(() => synthesise(wrong)).toThrow(
    'AuditTrail: batchingWindow, in seconds, is 360: set 0 to 300; batchSize is 0: set 1 to 10000; origin is "two words"',
  );
});
