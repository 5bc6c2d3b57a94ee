import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Dqdl, Schema } from 'aws-cdk-lib/aws-glue';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { expect, test } from 'vitest';
import { destroyDataFlag } from '../../../lib/common/removal.ts';
import { BatchIngestion, type BatchIngestionProps } from '../../../lib/ingestion/batch-ingestion.ts';
import { fixture } from '../fixture.ts';

function synthesise(props: Partial<BatchIngestionProps> = {}, context = {}) {
  const { stack, shared } = fixture(context);
  const batch = new BatchIngestion(stack, 'Batch', {
    script: new URL('../../../jobs/history/main.py', import.meta.url).pathname,
    rawColumns: [{ name: 'amount', type: Schema.STRING }],
    tableName: 'amounts',
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
      '--warehouse': { 'Fn::Join': ['', ['s3://', { Ref: Match.stringLikeRegexp('BatchBucket') }, '/curated/']] },
      '--database': { Ref: Match.stringLikeRegexp('BatchDatabase') },
      '--table': 'amounts',
      '--datalake-formats': 'iceberg',
      '--continuous-log-logGroup': { Ref: Match.stringLikeRegexp('BatchLog') },
    },
  });
  template().hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90, KmsKeyId: Match.anyValue() });
});

test('the raw files are in the catalogue, and the table will be beside them under curated/', () => {
  const { template } = synthesise();
  template().hasResourceProperties('AWS::Glue::Table', {
    TableInput: {
      Parameters: { classification: 'csv', 'skip.header.line.count': '1' },
      StorageDescriptor: {
        Columns: [{ Name: 'amount', Type: 'string' }],
        Location: { 'Fn::Join': ['', ['s3://', { Ref: Match.stringLikeRegexp('BatchBucket') }, '/raw/']] },
      },
    },
  });
  template().hasResourceProperties('AWS::Glue::Database', {
    DatabaseInput: { LocationUri: { 'Fn::Join': ['', ['s3://', Match.anyValue(), '/curated']] } },
  });
});

test('the rules of quality are a rule set of the table', () => {
  const rules = 'Rules = [ RowCount > 0 ]';
  synthesise({ qualityRules: Dqdl.fromString(rules) })
    .template()
    .hasResourceProperties('AWS::Glue::DataQualityRuleset', {
      Ruleset: rules,
      TargetTable: { DatabaseName: { Ref: Match.stringLikeRegexp('BatchDatabase') }, TableName: 'amounts' },
    });
  synthesise().template().resourceCountIs('AWS::Glue::DataQualityRuleset', 0);
});

test('each prop reaches the template', () => {
  const { template } = synthesise({
    schedule: 'cron(30 4 ? * MON *)',
    overdueAfter: Duration.hours(3),
    workers: 9,
    timeout: Duration.minutes(7),
  });
  template().hasResourceProperties('AWS::Glue::Job', { NumberOfWorkers: 9, Timeout: 7 });
  template().hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'cron(30 4 ? * MON *)' });
  template().hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'TriggeredRules',
    Period: 3600,
    EvaluationPeriods: 3,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
  });
});

test('a run may write the table, reports and state, and no other object; one table of the catalogue', () => {
  const policies = Object.values(synthesise().template().findResources('AWS::IAM::Policy'));
  const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement) as {
    Action: string | string[];
    Resource: unknown;
  }[];
  const of = (action: string) => statements.filter(({ Action }) => [Action].flat().includes(action));
  const written = of('s3:PutObject').flatMap(({ Resource }) => JSON.stringify(Resource).match(/\/[a-z]+\/\*/g));
  expect(written).toEqual(['/curated/*', '/runs/*']);
  const catalogue = of('glue:UpdateTable').flatMap(({ Resource }) => Resource) as { 'Fn::Join': [string, unknown[]] }[];
  const names = catalogue.map((arn) => arn['Fn::Join'][1].at(-1));
  expect(names).toEqual([':catalog', { Ref: expect.stringMatching('BatchDatabase') }, '/amounts']);
});

test('whoever may read the table may read its files and find it, and no more', () => {
  const { stack, batch, template } = synthesise();
  const role = new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
  batch.grantReadTable(role);
  const [policy] = Object.values(
    template().findResources('AWS::IAM::Policy', {
      Properties: { Roles: [{ Ref: Match.stringLikeRegexp('^Reader') }] },
    }),
  );
  const actions = policy?.['Properties'].PolicyDocument.Statement.flatMap(({ Action }: { Action: string }) => Action);
  expect(actions.toSorted()).toEqual([
    'glue:GetDatabase',
    'glue:GetTable',
    'kms:Decrypt',
    's3:GetObject',
    's3:ListBucket',
  ]);
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
  expect(() => synthesise({ workers: 1, schedule: 'rate(1 day)', tableName: 'Loans-1' })).toThrow(
    'BatchIngestion: workers is 1: set 2 to 299; schedule is "rate(1 day)": set an expression of the form ' +
      'cron(0 2 * * ? *); tableName is "Loans-1": use a-z, 0-9 and _',
  );
});
