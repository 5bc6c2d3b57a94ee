import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { expect, test } from 'vitest';
import { poisonClasses } from '../../../lambdas/patterns/poison/classes.ts';
import { destroyDataFlag } from '../../../lib/common/removal.ts';
import { StreamIngestion, type StreamIngestionProps } from '../../../lib/ingestion/stream-ingestion.ts';
import { StreamSource } from '../../../lib/ingestion/stream-source.ts';
import { fixture } from '../fixture.ts';

function synthesise(props: Partial<StreamIngestionProps> = {}, context = {}) {
  const { stack, shared, vpc } = fixture(context);
  const ingestion = new StreamIngestion(stack, 'Ingestion', {
    handler: 'consumer',
    environment: {},
    ...shared,
    ...props,
  });
  return { stack, ingestion, vpc, template: () => Template.fromStack(stack) };
}

test('a stream is on demand, encrypted with the customer key, and keeps records for two days', () => {
  synthesise()
    .template()
    .hasResource('AWS::Kinesis::Stream', {
      Properties: {
        RetentionPeriodHours: 48,
        StreamModeDetails: { StreamMode: 'ON_DEMAND' },
        StreamEncryption: { EncryptionType: 'KMS', KeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] } },
      },
      DeletionPolicy: 'Retain',
    });
});

test('a record that fails is retried alone, a finite number of times, and then kept whole', () => {
  synthesise()
    .template()
    .hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 5,
      MaximumRecordAgeInSeconds: 48 * 3600,
      ParallelizationFactor: 4,
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('FailureBucket'), 'Arn'] } },
      },
      MetricsConfig: { Metrics: ['EventCount'] },
      StartingPosition: 'TRIM_HORIZON',
    });
});

test('each prop reaches the template', () => {
  const { template } = synthesise({
    environment: { SOMETHING: 'else' },
    batchSize: 7,
    source: StreamSource.kinesis({ retention: Duration.hours(24), parallelizationFactor: 2 }),
    retryAttempts: 0,
    silenceAfter: Duration.minutes(5),
    failureRetention: Duration.days(3),
    mostQuarantined: 7,
  });
  template().hasResourceProperties('AWS::Kinesis::Stream', { RetentionPeriodHours: 24 });
  template().hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    BatchSize: 7,
    ParallelizationFactor: 2,
    MaximumRetryAttempts: 0,
    MaximumRecordAgeInSeconds: 24 * 3600,
  });
  template().hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'IncomingRecords',
    Period: 300,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
  });
  template().hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Threshold: 7,
  });
  template().hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'IteratorAge', Threshold: 6 * 3600 * 1000 });
  template().hasResourceProperties('AWS::S3::Bucket', {
    LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike({ ExpirationInDays: 3 })]) },
  });
  template().hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: {
        SOMETHING: 'else',
        FAILURE_BUCKET: { Ref: Match.stringLikeRegexp('FailureBucket') },
        POWERTOOLS_SERVICE_NAME: 'consumer',
        POWERTOOLS_METRICS_NAMESPACE: 'Seaworthy',
      },
    },
  });
});

test('each object of the failure bucket gets a pointer in an encrypted queue, which has a queue for its dead', () => {
  const template = synthesise().template();
  const key = { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] };
  template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: key, MessageRetentionPeriod: 14 * 86_400 });
  template.hasResourceProperties('AWS::SQS::Queue', {
    RedrivePolicy: {
      deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetters'), 'Arn'] },
      maxReceiveCount: 1000,
    },
  });
  template.hasResourceProperties('AWS::S3::Bucket', {
    NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
  });
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: { bucket: { name: [{ Ref: Match.stringLikeRegexp('FailureBucket') }] } },
    },
    Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('FailuresQueue'), 'Arn'] } })],
  });
  const events = { Principal: { Service: 'events.amazonaws.com' } };
  template.hasResourceProperties('AWS::SQS::QueuePolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([Match.objectLike({ ...events, Action: Match.arrayWith(['sqs:SendMessage']) })]),
    },
  });
  template.hasResourceProperties('AWS::KMS::Key', {
    KeyPolicy: {
      Statement: Match.arrayWith([
        Match.objectLike({ ...events, Action: Match.arrayWith(['kms:Decrypt', 'kms:GenerateDataKey*']) }),
      ]),
    },
  });
});

test('every class of failure has an alarm of its own', () => {
  const { ingestion } = synthesise();
  const dimensions = Object.values(ingestion.alarms).flatMap(({ metric }) =>
    (metric.toMetricConfig().metricStat?.dimensions ?? []).filter(({ name }) => name === 'class'),
  );
  expect(dimensions.map(({ value }) => value)).toEqual(Object.keys(poisonClasses));
});

test('the consumer may add to the failure bucket, and neither read nor delete what is there', () => {
  const statements = Object.values(synthesise().template().findResources('AWS::IAM::Policy'))
    .flatMap((policy) => policy['Properties'].PolicyDocument.Statement)
    .flatMap(({ Action }) => Action)
    .filter((action: string) => action.startsWith('s3:'));
  expect(statements.toSorted()).toEqual(['s3:ListBucket', 's3:PutObject']);
});

test('a consumer in a VPC runs in its isolated subnets', () => {
  const { stack, shared, vpc } = fixture();
  new StreamIngestion(stack, 'Ingestion', { handler: 'consumer', environment: {}, ...shared, vpc });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
    VpcConfig: { SubnetIds: [{ Ref: Match.stringLikeRegexp('workloadSubnet1') }, Match.anyValue()] },
  });
});

test('data goes with the stack only if the prop and the context flag both say so', () => {
  for (const [prop, flag, policy] of [
    [true, true, 'Delete'],
    [true, false, 'Retain'],
    [false, true, 'Retain'],
  ] as const) {
    const template = synthesise({ destroyData: prop }, { [destroyDataFlag]: flag }).template();
    template.hasResource('AWS::Kinesis::Stream', { DeletionPolicy: policy });
    expect(Object.keys(template.findResources('Custom::S3AutoDeleteObjects'))).toHaveLength(
      policy === 'Delete' ? 1 : 0,
    );
  }
});

test('grants name what they allow', () => {
  const { stack, ingestion, template } = synthesise();
  const sender = new Role(stack, 'Sender', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const reader = new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  ingestion.grantPut(sender);
  ingestion.grantReadFailures(reader);
  const actions = (role: string) => {
    const policy = Object.values(template().findResources('AWS::IAM::Policy')).find((candidate) =>
      candidate['Properties'].Roles[0].Ref.startsWith(role),
    );
    return policy?.['Properties'].PolicyDocument.Statement.flatMap(
      ({ Action }: { Action: string }) => Action,
    ).toSorted();
  };
  expect(actions('Sender')).toEqual(['kinesis:PutRecord', 'kms:GenerateDataKey']);
  expect(actions('Reader')).toEqual(['kms:Decrypt', 's3:GetObject', 's3:ListBucket']);
});

test('one error lists every wrong prop, with what is allowed', () => {
  expect(() => synthesise({ batchSize: 0, retryAttempts: -1, mostQuarantined: 0 })).toThrow(
    'StreamIngestion: batchSize is 0: set 1 to 10000; retryAttempts is -1: set 0 to 10000; ' +
      'mostQuarantined is 0: set 1 to 1000000',
  );
  expect(() => StreamSource.kinesis({ parallelizationFactor: 11, retention: Duration.hours(1) })).toThrow(
    'StreamSource.kinesis: retention, in hours, is 1: set 24 to 8760; parallelizationFactor is 11: set 1 to 10',
  );
});
