import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { expect, test } from 'vitest';
import { destroyDataFlag } from '../../../lib/common/removal.ts';
import { OnlineFeatures } from '../../../lib/ingestion/online-features.ts';
import { OutcomeFeed, type OutcomeFeedProps } from '../../../lib/ingestion/outcome-feed.ts';
import { fixture } from '../fixture.ts';

function synthesise(props: Partial<OutcomeFeedProps> = {}, flags = {}) {
  const { stack, shared } = fixture(flags);
  const decisions = new Table(stack, 'Decisions', {
    partitionKey: { name: 'applicationId', type: AttributeType.STRING },
  });
  const { accessLogs: _, ...rest } = shared;
  const features = new OnlineFeatures(stack, 'Features', { encryptionKey: shared.encryptionKey });
  new OutcomeFeed(stack, 'Feed', { decisions, features, ...rest, ...props });
  return Template.fromStack(stack);
}

test('versions of outcomes are kept under the application and the version, with the customer key', () => {
  synthesise().hasResource('AWS::DynamoDB::Table', {
    DeletionPolicy: 'Retain',
    Properties: {
      KeySchema: [
        { AttributeName: 'applicationId', KeyType: 'HASH' },
        { AttributeName: 'version', KeyType: 'RANGE' },
      ],
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: Match.anyValue() },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: true,
    },
  });
});

test('the handler may add versions and look at them, count them, and only read decisions', () => {
  const actions = Object.values(synthesise().findResources('AWS::IAM::Policy'))
    .flatMap((policy) => policy['Properties'].PolicyDocument.Statement)
    .flatMap(({ Action }) => Action)
    .filter((action: string) => action.startsWith('dynamodb:'));
  expect(actions.toSorted()).toEqual([
    'dynamodb:ConditionCheckItem',
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:PutItem',
    'dynamodb:Query',
    'dynamodb:UpdateItem',
  ]);
});

test('silence rings after as many hours as it is given', () => {
  const silence = {
    MetricName: 'OutcomesRecorded',
    Period: 3600,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
  };
  synthesise().hasResourceProperties('AWS::CloudWatch::Alarm', { ...silence, EvaluationPeriods: 24 });
  synthesise({ silenceAfter: Duration.hours(36) }).hasResourceProperties('AWS::CloudWatch::Alarm', {
    ...silence,
    EvaluationPeriods: 36,
  });
});

test('outcomes go with the stack only if the prop and the context flag both say so', () => {
  for (const [prop, flag, policy] of [
    [true, true, 'Delete'],
    [true, false, 'Retain'],
    [false, true, 'Retain'],
  ] as const) {
    const template = synthesise({ destroyData: prop }, { [destroyDataFlag]: flag });
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: policy,
      Properties: { KeySchema: Match.arrayWith([{ AttributeName: 'version', KeyType: 'RANGE' }]) },
    });
  }
});

test('a silence that CloudWatch can not watch is refused', () => {
  expect(() => synthesise({ silenceAfter: Duration.days(8) })).toThrow(
    'OutcomeFeed: silenceAfter, in hours, is 192: set 1 to 168',
  );
});
