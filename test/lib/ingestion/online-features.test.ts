import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Stream } from 'aws-cdk-lib/aws-kinesis';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { expect, test } from 'vitest';
import { destroyDataFlag } from '../../../lib/common/removal.ts';
import { FeatureWriter, type FeatureWriterProps } from '../../../lib/ingestion/feature-writer.ts';
import { OnlineFeatures, type OnlineFeaturesProps } from '../../../lib/ingestion/online-features.ts';
import { fixture } from '../fixture.ts';

function synthesise(props: Partial<OnlineFeaturesProps & FeatureWriterProps> = {}, flags = {}) {
  const { stack, shared } = fixture(flags);
  const features = new OnlineFeatures(stack, 'Features', { encryptionKey: shared.encryptionKey, ...props });
  new FeatureWriter(stack, 'Writer', {
    stream: new Stream(stack, 'Stream'),
    features,
    pseudonymKey: new Key(stack, 'Pseudonyms', { keySpec: KeySpec.HMAC_256, keyUsage: KeyUsage.GENERATE_VERIFY_MAC }),
    ...shared,
    ...props,
  });
  return { stack, features, template: () => Template.fromStack(stack) };
}

const actionsOf = (template: Template, role: string) =>
  Object.values(template.findResources('AWS::IAM::Policy'))
    .filter((policy) => policy['Properties'].Roles[0].Ref.startsWith(role))
    .flatMap((policy) => policy['Properties'].PolicyDocument.Statement)
    .flatMap(({ Action }) => Action)
    .filter((action: string) => /^(dynamodb|kms:GenerateMac)/.test(action))
    .toSorted();

test('counts are kept by group and month', () => {
  synthesise()
    .template()
    .hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [
        { AttributeName: 'entity', KeyType: 'HASH' },
        { AttributeName: 'month', KeyType: 'RANGE' },
      ],
      SSESpecification: { SSEType: 'KMS', KMSMasterKeyId: Match.anyValue() },
    });
});

test('the writer reads the stream alone in its order, and tries for as long as the stream has a record', () => {
  synthesise()
    .template()
    .hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 100,
      ParallelizationFactor: 1,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: Match.absent(),
      MaximumRecordAgeInSeconds: 47 * 3600,
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('WriterGivenUp'), 'Arn'] } },
      },
    });
});

test('the writer may count and make pseudonyms; a reader may read', () => {
  const { stack, features, template } = synthesise();
  features.grantRead(new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
  expect(actionsOf(template(), 'Writer')).toEqual(['dynamodb:PutItem', 'dynamodb:UpdateItem', 'kms:GenerateMac']);
  expect(actionsOf(template(), 'Reader')).toEqual(['dynamodb:Query']);
});

test('each prop reaches the template', () => {
  const template = synthesise(
    { since: '2004-01-01', behindAfter: Duration.minutes(30), giveUpAfter: Duration.hours(20), destroyData: true },
    { [destroyDataFlag]: true },
  ).template();
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { FEATURES_SINCE: '2004-01-01', FEATURES_TABLE: Match.anyValue() } },
  });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'IteratorAge', Threshold: 1_800_000 });
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { MaximumRecordAgeInSeconds: 72_000 });
  template.hasResource('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' });
  template.hasResource('AWS::S3::Bucket', {
    DeletionPolicy: 'Delete',
    Properties: { LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike({ ExpirationInDays: 30 })]) } },
  });
});

test('what is no day, or no time that makes sense, is refused', () => {
  expect(() => synthesise({ since: 'yesterday' })).toThrow(
    'OnlineFeatures: since is "yesterday": set a day, YYYY-MM-DD',
  );
  expect(() => synthesise({ behindAfter: Duration.days(2) })).toThrow(
    'FeatureWriter: behindAfter, in minutes, is 2880: set 1 to 1440',
  );
});
