import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import type { ReviewSettings } from '../../../lambdas/patterns/review/settings.ts';
import { AuditTrail } from '../../../lib/governance/audit-trail.ts';
import { HumanReview, type HumanReviewProps } from '../../../lib/oversight/human-review.ts';
import { Reviewers } from '../../../lib/oversight/reviewers.ts';
import { fixture } from '../fixture.ts';

function synthesise(props: Partial<HumanReviewProps> = {}) {
  const { stack, shared } = fixture();
  const reviewers = new Reviewers(stack, 'Reviewers', { domainPrefix: 'review', groups: { reviewers: 'decide' } });
  reviewers.allowReturnTo('https://console.example/');
  const review = new HumanReview(stack, 'Review', {
    ...shared,
    decisions: new Table(stack, 'Decisions', { partitionKey: { name: 'applicationId', type: AttributeType.STRING } }),
    auditTrail: new AuditTrail(stack, 'AuditTrail', shared),
    userPool: reviewers.userPool,
    userPoolClients: [reviewers.client],
    ...props,
  });
  return { stack, review, template: () => Template.fromStack(stack) };
}

const settingsOf = (props: Partial<HumanReviewProps>) =>
  JSON.parse(synthesise(props).review.settings) as ReviewSettings;

/** The states of the workflow, as they are in the template. */
function statesOf(template: Template) {
  const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
  const definition = JSON.stringify(machine?.['Properties'].DefinitionString).replaceAll('\\"', '"');
  return definition;
}

describe('the workflow', () => {
  test('has one wait, with a timeout, a heartbeat, and a way on from both', () => {
    const states = statesOf(synthesise().template());
    expect(states.match(/waitForTaskToken/g)).toHaveLength(1);
    expect(states).toContain('"TimeoutSecondsPath":"$.plan.timeoutSeconds"');
    expect(states).toContain('"HeartbeatSecondsPath":"$.plan.heartbeatSeconds"');
    expect(states).toContain('"ErrorEquals":["States.Timeout","States.HeartbeatTimeout"]');
    expect(states).toContain('"ErrorEquals":["States.ALL"],"ResultPath":null,"Next":"Pause after a fault"');
  });

  test('invokes its three functions and no version of another', () => {
    const policies = Object.values(synthesise().template().findResources('AWS::IAM::Policy'));
    const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    const invoked = statements
      .filter(({ Action }) => Action === 'lambda:InvokeFunction')
      .map(({ Resource }) => Resource);
    expect(invoked).toHaveLength(1);
    expect(invoked[0].map((resource: { 'Fn::GetAtt': [string] }) => resource['Fn::GetAtt'][0])).toEqual([
      expect.stringMatching(/^ReviewAwaitFunction/),
      expect.stringMatching(/^ReviewPlanFunction/),
      expect.stringMatching(/^ReviewSettleFunction/),
    ]);
  });

  test('ends a day after the last rung of the ladder at the latest', () => {
    const ladder = [{ group: 'reviewers', has: Duration.hours(2) }];
    expect(statesOf(synthesise({ ladder }).template())).toContain(`"TimeoutSeconds":${26 * 3600}`);
  });
});

test('who opens cases is given the stages of the registry, or told that there are none', () => {
  expect(synthesise().review.stagesTable).toBe('none');
  const { stack } = fixture();
  const modelStages = Table.fromTableArn(stack, 'Stages', 'arn:aws:dynamodb:eu-west-2:123456789012:table/stages');
  const { review, template } = synthesise({ modelStages });
  expect(review.stagesTable).toBe('stages');
  const policies = Object.values(template().findResources('AWS::IAM::Policy'));
  const readers = policies.filter(({ Properties }) => JSON.stringify(Properties).includes('table/stages'));
  expect(readers.map(({ Properties }) => Properties.Roles[0].Ref).toSorted()).toEqual([
    expect.stringMatching(/^ReviewContestRole/),
    expect.stringMatching(/^ReviewHandlerRole/),
  ]);
});

test('every route asks for a signed-in person', () => {
  const routes = Object.values(synthesise().template().findResources('AWS::ApiGatewayV2::Route'));
  expect(routes.length).toBe(10);
  for (const { Properties } of routes) expect(Properties.AuthorizationType).toBe('JWT');
});

test('nobody joins the reviewers by themselves, nor without a second factor', () => {
  synthesise()
    .template()
    .hasResourceProperties('AWS::Cognito::UserPool', {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      MfaConfiguration: 'ON',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      DeletionProtection: 'ACTIVE',
    });
});

test('a sign-in is by code alone, and leads back to the console alone', () => {
  synthesise()
    .template()
    .hasResourceProperties('AWS::Cognito::UserPoolClient', {
      AllowedOAuthFlows: ['code'],
      CallbackURLs: ['https://console.example/'],
      GenerateSecret: false,
    });
});

test('whoever opens cases can neither decide nor answer for a person', () => {
  const { stack, review, template } = synthesise();
  const opener = new Role(stack, 'Opener', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  review.grantOpen(opener);
  const policy = Object.values(template().findResources('AWS::IAM::Policy')).find(({ Properties }) =>
    Properties.Roles[0].Ref.startsWith('Opener'),
  );
  const actions = policy?.['Properties'].PolicyDocument.Statement.flatMap(({ Action }: { Action: string }) => Action);
  expect(actions.filter((action: string) => !action.startsWith('kms:')).toSorted()).toEqual([
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'states:StartExecution',
  ]);
});

describe('the rules', () => {
  test('have the defaults that are documented', () => {
    expect(settingsOf({})).toEqual({
      review: {
        ladder: [
          { group: 'reviewers', forMs: 14_400_000 },
          { group: 'senior-reviewers', forMs: 28_800_000 },
          { group: 'heads-of-credit', forMs: 43_200_000 },
        ],
        modelGroup: 'model-owners',
        leaseMs: 1_200_000,
        clockSkewMs: 30_000,
        remindMs: 3_600_000,
        fourEyesFrom: 250_000,
        expiryVerdict: 'decline',
      },
      referral: { personFrom: 1_000_000, auditShare: 0.01 },
      leastLookMs: 20_000,
      oversightGroup: 'oversight',
    });
  });

  test('reach the handlers, each of them', () => {
    const settings = settingsOf({
      ladder: [{ group: 'experts', has: Duration.hours(1) }],
      modelGroup: 'modellers',
      oversightGroup: 'risk',
      lease: Duration.minutes(5),
      remindAfter: Duration.minutes(10),
      fourEyesFrom: 1,
      personFrom: 2,
      auditShare: 0,
      leastLook: Duration.seconds(0),
    });
    expect(settings).toMatchObject({
      review: { ladder: [{ group: 'experts', forMs: 3_600_000 }], modelGroup: 'modellers', leaseMs: 300_000 },
      referral: { personFrom: 2, auditShare: 0 },
      leastLookMs: 0,
      oversightGroup: 'risk',
    });
    expect(settings.review).toMatchObject({ remindMs: 600_000, fourEyesFrom: 1 });
  });

  test('that make no sense are named, all at once', () => {
    expect(() => synthesise({ ladder: [{ group: 'a', has: Duration.minutes(1) }], auditShare: 2 })).toThrow(
      'ReviewRules: lease, in seconds, is 1200: set 60 to 60; auditShare is 2: set 0 to 1',
    );
  });
});

test('alarms ring at the age, the length and the absence that are asked for', () => {
  const { template } = synthesise({
    oldest: Duration.minutes(7),
    longest: 9,
    presence: Duration.minutes(3),
  });
  const threshold = (MetricName: string, Threshold: number) =>
    template().hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName, Threshold });
  threshold('QueueAge', 420);
  threshold('QueueLength', 9);
  template().hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ PRESENCE_SECONDS: '180' }) },
  });
});

test('one error lists every wrong prop', () => {
  expect(() => synthesise({ longest: 0, presence: Duration.days(2) })).toThrow(
    'HumanReview: longest is 0: set 1 to 1000000; presence, in minutes, is 2880: set 1 to 1440',
  );
});
