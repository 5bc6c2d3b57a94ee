import { Duration, Size } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { expect, test } from 'vitest';
import { HandlerFunction, type HandlerFunctionProps } from '../../../lib/common/handler-function.ts';
import { fixture } from '../fixture.ts';

function synthesise(props: Partial<HandlerFunctionProps> = {}) {
  const { stack, shared } = fixture();
  const { encryptionKey, alarmTopic } = shared;
  new HandlerFunction(stack, 'Handler', { handler: 'status', environment: {}, encryptionKey, alarmTopic, ...props });
  return Template.fromStack(stack);
}

test('a handler runs on Node 24 and ARM, traced, with an encrypted environment and an encrypted log of its own', () => {
  const template = synthesise({ environment: { TABLE: 'some' } });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    Handler: 'index.handler',
    MemorySize: 512,
    Timeout: 10,
    TracingConfig: { Mode: 'Active' },
    KmsKeyArn: Match.anyValue(),
    LoggingConfig: { LogGroup: { Ref: Match.stringLikeRegexp('HandlerLog') } },
    Environment: { Variables: { TABLE: 'some', POWERTOOLS_SERVICE_NAME: 'status' } },
  });
  template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90, KmsKeyId: Match.anyValue() });
});

test('each prop reaches the template', () => {
  const template = synthesise({
    timeout: Duration.seconds(30),
    memory: Size.mebibytes(256),
    logRetention: RetentionDays.ONE_DAY,
  });
  template.hasResourceProperties('AWS::Lambda::Function', { MemorySize: 256, Timeout: 30 });
  template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 1 });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'Duration', Threshold: 24_000 });
});

test('its role holds no managed policy, may write its own log only and decrypt its environment', () => {
  const template = synthesise();
  template.hasResourceProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: [
        {
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Effect: 'Allow',
          Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('HandlerLog'), 'Arn'] },
        },
        {
          Action: 'kms:Decrypt',
          Effect: 'Allow',
          Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
        },
        { Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], Effect: 'Allow', Resource: '*' },
      ],
    },
  });
});

test('an unknown handler and wrong limits are refused, with what is allowed', () => {
  expect(() => synthesise({ handler: 'none' })).toThrow('handler is "none": name a folder of lambdas/ (');
  expect(() => synthesise({ timeout: Duration.minutes(16), memory: Size.mebibytes(64) })).toThrow(
    'HandlerFunction: timeout, in seconds, is 960: set 1 to 900; memory, in MiB, is 64: set 128 to 10240',
  );
});
