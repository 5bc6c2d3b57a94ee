import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { expect, test } from 'vitest';
import { ModelRegistry } from '../../../lib/training/model-registry.ts';
import { fixture } from '../fixture.ts';

function synthesise(model = 'models/risk') {
  const { stack, shared } = fixture();
  const bucket = new Bucket(stack, 'Versions', { encryptionKey: shared.encryptionKey });
  const registry = new ModelRegistry(stack, 'Models', { bucket, model, encryptionKey: shared.encryptionKey });
  return { stack, registry, template: () => Template.fromStack(stack) };
}

test('versions are signed by a key that stays in KMS, and stages can be restored', () => {
  const template = synthesise().template();
  template.hasResource('AWS::KMS::Key', {
    Properties: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
    DeletionPolicy: 'Retain',
  });
  template.hasResource('AWS::DynamoDB::Table', {
    Properties: {
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'part', KeyType: 'RANGE' },
      ],
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    },
    DeletionPolicy: 'Retain',
  });
});

test.each([
  ['Trainers', 'trainer'],
  ['Approvers', 'approver'],
])('%s enter under their own name and write under their own id alone', (role, kind) => {
  const template = synthesise().template();
  template.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: {
      Statement: [
        Match.objectLike({
          Condition: {
            StringEquals: { 'sts:RoleSessionName': `\${aws:username}` },
            Bool: { 'aws:MultiFactorAuthPresent': 'true' },
          },
        }),
      ],
    },
    Description: Match.stringLikeRegexp(kind),
  });
  template.hasResourceProperties('AWS::IAM::Policy', {
    Roles: [{ Ref: Match.stringLikeRegexp(role) }],
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: 'dynamodb:PutItem',
          Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [`${kind}#\${aws:userid}`] } },
        }),
      ]),
    },
  });
});

test('neither trainers nor approvers can write a version, sign one or move one', () => {
  const policies = synthesise().template().findResources('AWS::IAM::Policy');
  const actions = Object.values(policies).flatMap(({ Properties }) =>
    Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
  );
  for (const action of ['s3:PutObject', 'kms:Sign', 'dynamodb:UpdateItem']) expect(actions).not.toContain(action);
});

test('who registers may write versions of this model, sign them and move them; who reads may check signatures', () => {
  const { stack, registry, template } = synthesise();
  const [writer, reader] = ['Writer', 'Reader'].map(
    (id) => new Role(stack, id, { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }),
  ) as [Role, Role];
  registry.grantRegister(writer);
  registry.grantRead(reader);
  const actionsOf = (role: string) =>
    Object.values(template().findResources('AWS::IAM::Policy'))
      .filter(({ Properties }) => Properties.Roles[0].Ref.startsWith(role))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .flatMap(({ Action }: { Action: string | string[] }) => Action);
  expect(actionsOf('Writer')).toEqual(expect.arrayContaining(['s3:PutObject', 'kms:Sign', 'dynamodb:UpdateItem']));
  expect(actionsOf('Reader')).toEqual(expect.arrayContaining(['s3:GetObject', 'kms:GetPublicKey']));
  for (const action of ['s3:PutObject', 'kms:Sign']) expect(actionsOf('Reader')).not.toContain(action);
});

test('a prefix with a slash at an end is refused', () => {
  expect(() => synthesise('models/')).toThrow(
    'ModelRegistry: model is "models/": give a prefix without a slash at its ends',
  );
});
