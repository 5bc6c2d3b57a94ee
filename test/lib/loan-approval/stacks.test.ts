import { Duration } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { destroyDataFlag } from '../../../lib/common/removal.ts';
import { caseStudy, resourcesOf, templates, templatesOf } from '../app.ts';

/** Resources whose replacement would lose data. */
const stateful = new Set([
  'AWS::Cognito::UserPool',
  'AWS::DynamoDB::Table',
  'AWS::Glue::Database',
  'AWS::Glue::Table',
  'AWS::KMS::Key',
  'AWS::Kinesis::Stream',
  'AWS::S3::Bucket',
]);

/** Those that hold nothing themselves: the catalogue describes what is in S3. */
const rebuilt = new Set(['AWS::Glue::Database', 'AWS::Glue::Table']);

function statefulOf(template: Template | undefined) {
  return Object.entries(template ? resourcesOf(template) : {}).filter(([, { Type }]) => stateful.has(Type));
}

test('the logical ids of what holds data never change', () => {
  const ids = Object.entries(templates()).map(([stack, template]) => [
    stack,
    statefulOf(template)
      .map(([id, { Type }]) => `${id} ${Type}`)
      .toSorted(),
  ]);
  expect(Object.fromEntries(ids)).toEqual({
    SeaworthyFoundation: [
      'AccessLogs8B620ECA AWS::S3::Bucket',
      'AuditTrailBucketA91FD435 AWS::S3::Bucket',
      'AuditTrailLedger2A2955FB AWS::DynamoDB::Table',
      'AuditTrailSigningKeyF7460833 AWS::KMS::Key',
      'AuditTrailSubjectKeys1D312723 AWS::DynamoDB::Table',
      'AuditTrailWrappingKeyB333EEB9 AWS::KMS::Key',
      'Key961B73FD AWS::KMS::Key',
    ],
    SeaworthyDecision: [
      'ApplicationsE04DA868 AWS::DynamoDB::Table',
      'DecisionServiceBreakersB724079F AWS::DynamoDB::Table',
      'DecisionServiceKept0D7FEBEA AWS::DynamoDB::Table',
      'Decisions28C7D866 AWS::DynamoDB::Table',
      'PseudonymKey2CD808DE AWS::KMS::Key',
    ],
    SeaworthyServing: [
      'ModelRegistrySigningKey6051382E AWS::KMS::Key',
      'ModelRegistryStages3D9D2E88 AWS::DynamoDB::Table',
      'Registry4DB9CCA5 AWS::S3::Bucket',
    ],
    SeaworthyOutcomes: [
      'OnlineFeaturesCounts260C949E AWS::DynamoDB::Table',
      'OutcomeFeedOutcomes5CE435AB AWS::DynamoDB::Table',
    ],
    SeaworthyOversight: [
      'ConsoleBucket86B6957C AWS::S3::Bucket',
      'HumanReviewApprovalKey0CE1D3E2 AWS::KMS::Key',
      'HumanReviewCasesADE5AFA5 AWS::DynamoDB::Table',
      'HumanReviewReviewers7B2F90C1 AWS::DynamoDB::Table',
      'ReviewersUserPool59C7EB89 AWS::Cognito::UserPool',
    ],
    SeaworthyIngestion: [
      'FeatureWriterGivenUp4DB0F511 AWS::S3::Bucket',
      'StreamArchiveBucketF29CA130 AWS::S3::Bucket',
      'StreamArchiveDatabase1BFBC425 AWS::Glue::Database',
      'StreamArchiveTableCBDFFA45 AWS::Glue::Table',
      'StreamIngestionFailureBucket97DF2C05 AWS::S3::Bucket',
      'StreamIngestionStreamAC6C32F2 AWS::Kinesis::Stream',
    ],
    SeaworthyHistory: [
      'BatchIngestionBucket45C6349F AWS::S3::Bucket',
      'BatchIngestionDatabase6F825922 AWS::Glue::Database',
      'BatchIngestionRawTableBEA96AE7 AWS::Glue::Table',
    ],
    SeaworthyTraining: ['TrainingPipelineJournals1B053B5A AWS::DynamoDB::Table'],
    SeaworthyAssurance: ['DriftMonitorState90293804 AWS::DynamoDB::Table'],
    SeaworthyMonitoring: [],
  });
});

describe.each(Object.keys(templates()))('%s', (stack) => {
  test('is as it was', () => {
    const masked = JSON.stringify(templates()[stack]?.toJSON(), undefined, 2).replaceAll(/[0-9a-f]{64}/g, '<hash>');
    expect(masked).toMatchSnapshot();
  });

  test('keeps its data when it is deleted', () => {
    for (const [id, { Type, DeletionPolicy, UpdateReplacePolicy }] of statefulOf(templates()[stack])) {
      if (rebuilt.has(Type)) continue;
      expect([id, DeletionPolicy, UpdateReplacePolicy]).toEqual([id, 'Retain', 'Retain']);
    }
  });
});

describe('the deletion of data', () => {
  const policies = (props: object, context: object) =>
    Object.values(templatesOf(caseStudy(props, { ...context }).stacks))
      .flatMap((template) => statefulOf(template))
      .filter(([, { Type }]) => !rebuilt.has(Type))
      .map(([id, { DeletionPolicy }]) => `${id.replace(/[0-9A-F]{8}$/, '')} ${DeletionPolicy}`);

  test('takes both keys, and never touches the audit trail and the key to read it', () => {
    const kept = policies({ destroyData: true }, { [destroyDataFlag]: 'true' }).filter((line) =>
      line.endsWith('Retain'),
    );
    expect(kept.toSorted()).toEqual([
      'AuditTrailBucket Retain',
      'AuditTrailLedger Retain',
      'AuditTrailSigningKey Retain',
      'AuditTrailSubjectKeys Retain',
      'AuditTrailWrappingKey Retain',
      'Key Retain',
    ]);
  });

  test('does not happen with one key', () => {
    const deleted = [...policies({ destroyData: true }, {}), ...policies({}, { [destroyDataFlag]: true })];
    expect(deleted.filter((line) => line.endsWith('Delete'))).toEqual([]);
  });
});

test('what callers read from the stacks has the agreed names', () => {
  const outputs = Object.fromEntries(
    Object.entries(templates()).map(([stack, template]) => [
      stack,
      Object.keys(template.toJSON()['Outputs'] ?? {}).filter((name) => !name.startsWith('PublishOutput')),
    ]),
  );
  expect(outputs).toEqual({
    SeaworthyFoundation: [
      'AuditBucketName',
      'AuditQueueUrl',
      'AuditLedgerName',
      'AuditSubjectKeysName',
      'AuditWrappingKeyId',
      'AuditSigningKeyId',
      'AuditOrigin',
      'AlarmTopicArn',
      'PageTopicArn',
    ],
    SeaworthyDecision: ['ApplicationsTableName', 'DecisionsTableName', 'KeptTableName', 'Modes', 'ModeStrategies'],
    SeaworthyServing: [
      'RegistryBucketName',
      'RegistryUri',
      'StagesTableName',
      'SigningKeyArn',
      'TrainersRoleArn',
      'ApproversRoleArn',
      'ModelServiceUrl',
    ],
    SeaworthyOutcomes: ['OutcomesTableName', 'FeaturesTableName'],
    SeaworthyOversight: [
      'ReviewApiUrl',
      'UserPoolId',
      'UserPoolClientId',
      'ConsoleUrl',
      'ConsoleBucketName',
      'ConsoleDistributionId',
      'SignInUrl',
      'CasesTableName',
      'ReviewWorkflowArn',
    ],
    SeaworthyIngestion: [
      'ApiUrl',
      'StreamName',
      'FailureBucketName',
      'ArchiveBucketName',
      'FeaturesGivenUpBucketName',
      'CanaryFunctionName',
      'RedriveFunctionName',
    ],
    SeaworthyHistory: [
      'HistoryBucketName',
      'HistoryJobName',
      'HistoryRunsArn',
      'HistoryDatabaseName',
      'HistoryTableName',
    ],
    SeaworthyTraining: ['JournalsTableName', 'TrainingPipelineArn'],
    SeaworthyAssurance: ['DriftFunctionName'],
    SeaworthyMonitoring: [],
  });
});

test('each prop of the case study reaches a template', () => {
  const { stacks } = caseStudy({
    env: { account: '111111111111', region: 'eu-west-1' },
    costRatio: 9,
    referMargin: 0,
    statesNotServed: ['PR', 'GU'],
    auditRetention: ObjectLockRetention.governance(Duration.days(1)),
  });
  const made = templatesOf(stacks);
  expect(stacks.foundation.region).toBe('eu-west-1');
  made['SeaworthyIngestion']?.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { COST_RATIO: '9', REFER_MARGIN: '0', STATES_NOT_SERVED: 'PR,GU' } },
  });
  made['SeaworthyFoundation']?.hasResourceProperties('AWS::S3::Bucket', {
    ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } } },
  });
});

test('the network has no way out, and endpoints for what the workloads need', () => {
  const foundation = templates()['SeaworthyFoundation'];
  foundation?.resourceCountIs('AWS::EC2::NatGateway', 0);
  foundation?.resourceCountIs('AWS::EC2::InternetGateway', 0);
  foundation?.resourceCountIs('AWS::EC2::VPCEndpoint', 9);
  foundation?.hasResourceProperties('AWS::EC2::FlowLog', { TrafficType: 'REJECT' });
});

test('tables are encrypted with the customer key, can be restored and refuse to be deleted', () => {
  const decision = templates()['SeaworthyDecision'];
  decision?.allResourcesProperties('AWS::DynamoDB::Table', {
    SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: Match.anyValue() },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    DeletionProtectionEnabled: true,
  });
  decision?.hasResourceProperties('AWS::KMS::Key', { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
});

test('the API answers signed requests only', () => {
  const ingestion = templates()['SeaworthyIngestion'];
  const routes = Object.values(ingestion?.findResources('AWS::ApiGatewayV2::Route') ?? {}).map(({ Properties }) => [
    Properties.RouteKey,
    Properties.AuthorizationType,
  ]);
  expect(routes.toSorted()).toEqual([
    ['GET /applications/{applicationId}', 'AWS_IAM'],
    ['GET /decisions/{applicationId}', 'AWS_IAM'],
    ['POST /applications', 'AWS_IAM'],
    ['POST /canaries', 'AWS_IAM'],
    ['POST /decisions/{applicationId}/contest', 'AWS_IAM'],
    ['POST /outcomes', 'AWS_IAM'],
  ]);
});

test('every bucket is private, encrypted and TLS only; every log group is encrypted and ends', () => {
  for (const template of Object.values(templates())) {
    const buckets = template.findResources('AWS::S3::Bucket');
    for (const { Properties } of Object.values(buckets)) {
      expect(Properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(Properties.BucketEncryption).toBeDefined();
    }
    const tlsOnly = JSON.stringify(template.findResources('AWS::S3::BucketPolicy'));
    for (const id of Object.keys(buckets)) expect(tlsOnly).toContain(id);
    for (const { Properties } of Object.values(template.findResources('AWS::Logs::LogGroup'))) {
      expect(Properties.RetentionInDays).toBe(90);
      expect(Properties.KmsKeyId).toBeDefined();
    }
  }
});
