import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { PartitionProjectionConfiguration, Schema } from 'aws-cdk-lib/aws-glue';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { expect, test } from 'vitest';
import { destroyDataFlag } from '../../../lib/common/removal.ts';
import { BatchIngestion, type BatchIngestionProps } from '../../../lib/ingestion/batch-ingestion.ts';
import { fixture } from '../fixture.ts';

function synthesise(props: Partial<BatchIngestionProps> = {}, context = {}) {
  const { stack, shared } = fixture(context);
  const batch = new BatchIngestion(stack, 'Batch', {
    script: new URL('../../../jobs/history/history.py', import.meta.url).pathname,
    columns: [{ name: 'amount', type: Schema.DOUBLE }],
    partitionKeys: [{ name: 'year', type: Schema.INTEGER }],
    partitionProjection: { year: PartitionProjectionConfiguration.integer({ min: 1990, max: 2010 }) },
    ...shared,
    ...props,
  });
  return { stack, batch, template: () => Template.fromStack(stack) };
}

test('the job runs on flexible Glue 5.1, encrypted, in a log that is kept three months', () => {
  const { template } = synthesise();
  template().hasResourceProperties('AWS::Glue::Job', {
    GlueVersion: '5.1',
    ExecutionClass: 'FLEX',
    WorkerType: 'G.1X',
    NumberOfWorkers: 4,
    Timeout: 60,
    ExecutionProperty: { MaxConcurrentRuns: 1 },
    SecurityConfiguration: { Ref: Match.stringLikeRegexp('Security') },
    DefaultArguments: {
      '--source': { 'Fn::Join': ['', ['s3://', { Ref: Match.stringLikeRegexp('BatchBucket') }, '/raw/']] },
      '--target': { 'Fn::Join': ['', ['s3://', { Ref: Match.stringLikeRegexp('BatchBucket') }, '/curated/']] },
      '--continuous-log-logGroup': { Ref: Match.stringLikeRegexp('BatchLog') },
    },
  });
  template().hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90, KmsKeyId: Match.anyValue() });
});

test('queries find the partitions of the curated table without a crawler', () => {
  synthesise()
    .template()
    .hasResourceProperties('AWS::Glue::Table', {
      TableInput: {
        PartitionKeys: [{ Name: 'year', Type: 'int' }],
        Parameters: { 'projection.enabled': 'true', 'projection.year.range': '1990,2010' },
        StorageDescriptor: { Columns: [{ Name: 'amount', Type: 'double' }] },
      },
    });
});

test('each prop reaches the template', () => {
  const { template } = synthesise({
    schedule: 'cron(30 4 ? * MON *)',
    overdueAfter: Duration.hours(3),
    workers: 9,
    timeout: Duration.minutes(7),
  });
  template().hasResourceProperties('AWS::Glue::Job', { NumberOfWorkers: 9, Timeout: 7 });
  template().hasResourceProperties('AWS::Glue::Trigger', { Schedule: 'cron(30 4 ? * MON *)', StartOnCreation: true });
  template().hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'TriggeredRules',
    Period: 3600,
    EvaluationPeriods: 3,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
  });
});

test('a run may read the raw files and write the curated ones, and no more of S3', () => {
  const [policy] = Object.values(synthesise().template().findResources('AWS::IAM::Policy'));
  const s3 = policy?.['Properties'].PolicyDocument.Statement.filter(({ Action }: { Action: string | string[] }) =>
    [Action].flat().some((action) => action === 's3:PutObject' || action === 's3:DeleteObject'),
  );
  expect(s3).toHaveLength(1);
  expect(s3[0].Resource['Fn::Join'][1][1]).toBe('/curated/*');
});

test('data goes with the stack only if the prop and the context flag both say so', () => {
  const flag = { [destroyDataFlag]: 'true' };
  const bucket = { BucketEncryption: Match.anyValue(), VersioningConfiguration: { Status: 'Enabled' } };
  const policyOf = (props: Partial<BatchIngestionProps>, context: object) =>
    Object.values(synthesise(props, context).template().findResources('AWS::S3::Bucket', { Properties: bucket })).map(
      ({ DeletionPolicy }) => DeletionPolicy,
    );
  expect(policyOf({ destroyData: true }, flag)).toEqual(['Delete']);
  expect(policyOf({ destroyData: true }, {})).toEqual(['Retain']);
  expect(policyOf({}, flag)).toEqual(['Retain']);
});

test('the right to run is the right to this job', () => {
  const { stack, batch, template } = synthesise();
  const role = new Role(stack, 'Runner', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
  batch.grantRun(role);
  template().hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: [
        {
          Action: ['glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun'].toSorted(),
          Resource: Match.objectLike({ 'Fn::Join': Match.anyValue() }),
        },
      ],
    },
    Roles: [{ Ref: Match.stringLikeRegexp('^Runner') }],
  });
});

test('one error lists every wrong prop, with what is allowed', () => {
  expect(() => synthesise({ workers: 1, schedule: 'rate(1 day)', partitionKeys: [] })).toThrow(
    'BatchIngestion: workers is 1: set 2 to 299; schedule is "rate(1 day)": set an expression of the form ' +
      'cron(0 2 * * ? *); partitionKeys is []: name one column or more',
  );
});
