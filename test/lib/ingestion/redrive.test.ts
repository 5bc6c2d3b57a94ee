import { Match, Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { AuditTrail } from '../../../lib/governance/audit-trail.ts';
import { Redrive } from '../../../lib/ingestion/redrive.ts';
import { StreamIngestion } from '../../../lib/ingestion/stream-ingestion.ts';
import { fixture } from '../fixture.ts';

function synthesise(): Template {
  const { stack, shared } = fixture();
  const ingestion = new StreamIngestion(stack, 'Ingestion', { handler: 'consumer', environment: {}, ...shared });
  const auditTrail = new AuditTrail(stack, 'AuditTrail', shared);
  const environment = { SOMETHING: 'else' };
  new Redrive(stack, 'Redrive', { handler: 'redrive', environment, ingestion, auditTrail, ...shared });
  return Template.fromStack(stack);
}

test('the function knows the failed records, their consumer and the audit trail', () => {
  synthesise().hasResourceProperties('AWS::Lambda::Function', {
    Timeout: 600,
    Environment: {
      Variables: {
        SOMETHING: 'else',
        FAILURE_BUCKET: { Ref: Match.stringLikeRegexp('FailureBucket') },
        FAILURE_QUEUE_URL: { Ref: Match.stringLikeRegexp('FailuresQueue') },
        CONSUMER: { Ref: Match.stringLikeRegexp('Consumer') },
        AUDIT_QUEUE_URL: { Ref: Match.stringLikeRegexp('AuditTrailQueue') },
      },
    },
  });
});

test('it may do nothing but read failed records, deliver them, tell of it and delete a version', () => {
  const policies = Object.values(synthesise().findResources('AWS::IAM::Policy'));
  const policy = policies.find(({ Properties }) => Properties.Roles[0].Ref.startsWith('Redrive'));
  const actions = policy?.['Properties'].PolicyDocument.Statement.flatMap(({ Action }: { Action: string }) => Action);
  expect([...new Set(actions)].toSorted()).toEqual([
    'kms:Decrypt',
    'kms:GenerateDataKey',
    'lambda:InvokeFunction',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    's3:DeleteObjectVersion',
    's3:GetObject',
    's3:ListBucket',
    'sqs:ChangeMessageVisibility',
    'sqs:DeleteMessage',
    'sqs:ReceiveMessage',
    'sqs:SendMessage',
    'xray:PutTelemetryRecords',
    'xray:PutTraceSegments',
  ]);
});
