import { buildGraph, type Graph } from '../../../lib/gate/model/graph.ts';
import type { TemplateResource } from '../../../lib/gate/model/template.ts';

/** Resources that a test takes apart. */
export type Resources = Record<string, TemplateResource & { Properties: Record<string, unknown> }>;

/** The graph of one stack. */
export function graphOf(resources: Resources): Graph {
  return buildGraph([{ stack: 'App', file: 'App.template.json', template: { Resources: resources } }]);
}

/** As `Fn::Sub` writes a reference. */
const sub = (before: string, name: string, after: string) => ({ 'Fn::Sub': `${before}\${${name}}${after}` });
const ref = (id: string) => ({ Ref: id });
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

function alarm(namespace: string, name: string, dimension: string, id: string, change: object = {}) {
  const Dimensions = [{ Name: dimension, Value: ref(id) }];
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: { Namespace: namespace, MetricName: name, Dimensions, AlarmActions: [ref('Topic')], ...change },
  };
}

function policy(role: string, ...statements: readonly (readonly [action: string | string[], resource: unknown])[]) {
  const Statement = statements.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource }));
  return { Type: 'AWS::IAM::Policy', Properties: { Roles: [ref(role)], PolicyDocument: { Statement } } };
}

const role = () => ({ Type: 'AWS::IAM::Role', Properties: {} });
const locked = { Mode: 'COMPLIANCE', Days: 185 };
const key = { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: arn('Key') } };
const encrypted = { BucketEncryption: { ServerSideEncryptionConfiguration: [key] } };

const wait = (Next: string, change: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  HeartbeatSeconds: 3600,
  TimeoutSeconds: 86_400,
  Catch: [{ ErrorEquals: ['States.Timeout', 'States.HeartbeatTimeout'], Next: 'Escalate' }],
  Next,
  ...change,
});

const review = {
  StartAt: 'First',
  States: {
    First: wait('NeedsSecond'),
    NeedsSecond: {
      Type: 'Choice',
      Choices: [{ Variable: '$.amount', NumericGreaterThan: 250_000, Next: 'Second' }],
      Default: 'Done',
    },
    Second: wait('Done'),
    Escalate: { Type: 'Pass', Next: 'Done' },
    Done: { Type: 'Succeed' },
  },
};

const training = {
  StartAt: 'Approve',
  States: { Approve: wait('Promote'), Promote: { Type: 'Task', End: true }, Escalate: { Type: 'Pass', End: true } },
};

const machine = (name: string, definition: object, ...parts: readonly unknown[]) => ({
  Type: 'AWS::StepFunctions::StateMachine',
  Properties: {
    RoleArn: arn(`${name}Role`),
    // As the CDK writes it: the text is cut where something is known only at deployment.
    DefinitionString: { 'Fn::Join': ['', [`${JSON.stringify(definition).slice(0, -1)},"Comment":"`, ...parts, '"}']] },
    TracingConfiguration: { Enabled: true },
  },
});

const fn = (name: string, variables: object = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { Role: arn(`${name}Role`), Environment: { Variables: variables }, TracingConfig: { Mode: 'Active' } },
});

/** One of everything that the rules are about, in an app that keeps every promise. Each call gives a new one. */
export function seaworthyApp(): Resources {
  return structuredClone({
    Key: { Type: 'AWS::KMS::Key', Properties: {} },
    Topic: { Type: 'AWS::SNS::Topic', Properties: {} },
    Audit: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        ObjectLockEnabled: true,
        ObjectLockConfiguration: { Rule: { DefaultRetention: locked } },
        LoggingConfiguration: { DestinationBucketName: ref('AccessLogs') },
        ...encrypted,
      },
    },
    AccessLogs: { Type: 'AWS::S3::Bucket', Properties: {} },
    Registry: { Type: 'AWS::S3::Bucket', Properties: encrypted },
    Log: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 90, KmsKeyId: arn('Key') } },

    Task: {
      Type: 'AWS::ECS::TaskDefinition',
      Properties: { ContainerDefinitions: [{ Name: 'model' }], TaskRoleArn: arn('TaskRole') },
    },
    TaskRole: role(),
    TaskPolicy: policy('TaskRole', ['s3:GetObject*', arn('Registry')]),
    Service: {
      Type: 'AWS::ECS::Service',
      Properties: {
        TaskDefinition: ref('Task'),
        LoadBalancers: [{ TargetGroupArn: ref('Group') }],
        DeploymentConfiguration: { Alarms: { Enable: true, Rollback: true, AlarmNames: [ref('NoTasks')] } },
      },
    },
    Group: { Type: 'AWS::ElasticLoadBalancingV2::TargetGroup', Properties: {} },
    Listener: {
      Type: 'AWS::ElasticLoadBalancingV2::Listener',
      Properties: { LoadBalancerArn: ref('Balancer'), DefaultActions: [{ TargetGroupArn: ref('Group') }] },
    },
    Balancer: { Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: {} },
    NoTasks: alarm('AWS/ApplicationELB', 'HealthyHostCount', 'TargetGroup', 'Group', { TreatMissingData: 'breaching' }),

    Stream: {
      Type: 'AWS::Kinesis::Stream',
      Properties: { StreamEncryption: { EncryptionType: 'KMS', KeyId: arn('Key') } },
    },
    Behind: alarm('AWS/Lambda', 'IteratorAge', 'FunctionName', 'Decide'),
    Silence: alarm('AWS/Kinesis', 'IncomingRecords', 'StreamName', 'Stream', { TreatMissingData: 'breaching' }),
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        EventSourceArn: arn('Stream'),
        FunctionName: ref('Decide'),
        DestinationConfig: { OnFailure: { Destination: arn('DeadLetters') } },
      },
    },
    DeadLetters: { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: arn('Key') } },
    DeadLettersWait: alarm('AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'QueueName', 'DeadLetters'),

    Decide: fn('Decide', {
      MODEL_URL: { 'Fn::Join': ['', ['http://', { 'Fn::GetAtt': ['Balancer', 'DNSName'] }]] },
      SMALLER_MODEL: sub('s3://', 'Registry', '/smaller.json'),
      BREAKER_TABLE: ref('Breaker'),
    }),
    DecideRole: role(),
    DecidePolicy: policy(
      'DecideRole',
      ['s3:GetObject', { 'Fn::Join': ['', [arn('Registry'), '/smaller.json']] }],
      [['dynamodb:GetItem', 'dynamodb:UpdateItem'], arn('Breaker')],
      ['appconfig:GetLatestConfiguration', ref('Mode')],
      ['states:StartExecution', ref('Review')],
      ['sqs:SendMessage', arn('Entries')],
    ),
    Breaker: {
      Type: 'AWS::DynamoDB::Table',
      Properties: { SSESpecification: { SSEEnabled: true, KMSMasterKeyId: arn('Key') } },
    },
    Mode: { Type: 'AWS::AppConfig::ConfigurationProfile', Properties: {} },

    Entries: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        KmsMasterKeyId: arn('Key'),
        RedrivePolicy: { deadLetterTargetArn: arn('DeadLetters'), maxReceiveCount: 5 },
      },
    },
    EntriesWait: alarm('AWS/SQS', 'ApproximateAgeOfOldestMessage', 'QueueName', 'Entries'),
    EntriesMapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn: arn('Entries'), FunctionName: ref('Sequence') },
    },
    Sequence: fn('Sequence'),
    SequenceRole: role(),
    SequencePolicy: policy('SequenceRole', ['s3:PutObject', sub('', 'Audit.Arn', '/*')]),

    Review: machine('Review', review, arn('Ask')),
    ReviewRole: role(),
    ReviewFails: alarm('AWS/States', 'ExecutionsFailed', 'StateMachineArn', 'Review'),
    Ask: fn('Ask'),
    AskRole: role(),
    Answer: fn('Answer'),
    AnswerRole: role(),
    AnswerPolicy: policy('AnswerRole', ['states:SendTaskSuccess', ref('Review')]),

    Training: machine('Training', training, arn('Promote')),
    TrainingRole: role(),
    TrainingFails: alarm('AWS/States', 'ExecutionsTimedOut', 'StateMachineArn', 'Training'),
    Promote: fn('Promote'),
    PromoteRole: role(),
    PromotePolicy: policy('PromoteRole', ['s3:PutObject', sub('', 'Registry.Arn', '/champion.json')]),

    Job: { Type: 'AWS::Glue::Job', Properties: {} },
    JobEnds: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { detail: { jobName: [ref('Job')] } } } },
    JobFails: alarm('AWS/Events', 'TriggeredRules', 'RuleName', 'JobEnds', { TreatMissingData: 'breaching' }),
  });
}
