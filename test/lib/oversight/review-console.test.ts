import { Match, Template } from 'aws-cdk-lib/assertions';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { expect, test } from 'vitest';
import { destroyDataFlag } from '../../../lib/common/removal.ts';
import { ReviewConsole } from '../../../lib/oversight/review-console.ts';
import { Reviewers } from '../../../lib/oversight/reviewers.ts';
import { fixture } from '../fixture.ts';

function synthesise(destroyData = false, context = {}): Template {
  const { stack, shared } = fixture(context);
  const reviewers = new Reviewers(stack, 'Reviewers', { domainPrefix: 'credit-review', groups: {} });
  const api = new HttpApi(stack, 'Api');
  new ReviewConsole(stack, 'Console', { api, reviewers, accessLogs: shared.accessLogs, destroyData });
  return Template.fromStack(stack);
}

test('the page may talk to itself and to the sign-in, run its own scripts, and be framed by nobody', () => {
  const [headers] = Object.values(synthesise().findResources('AWS::CloudFront::ResponseHeadersPolicy'));
  const { SecurityHeadersConfig } = headers?.['Properties'].ResponseHeadersPolicyConfig ?? {};
  const policy = JSON.stringify(SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toMatch(/connect-src 'self' https:\/\/.*\.auth\./);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
  expect(SecurityHeadersConfig.StrictTransportSecurity.AccessControlMaxAgeSec).toBe(63_072_000);
});

test('CloudFront alone reads the files', () => {
  const template = synthesise();
  template.hasResourceProperties('AWS::CloudFront::OriginAccessControl', {
    OriginAccessControlConfig: { OriginAccessControlOriginType: 's3', SigningBehavior: 'always' },
  });
  template.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Action: 's3:GetObject', Principal: { Service: 'cloudfront.amazonaws.com' } }),
      ]),
    },
  });
});

test('the API is at the same address, and nothing of it is cached', () => {
  synthesise().hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: {
      DefaultRootObject: 'index.html',
      CacheBehaviors: [
        Match.objectLike({
          PathPattern: '/api/*',
          ViewerProtocolPolicy: 'https-only',
          // AWS's own policy CachingDisabled.
          CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
        }),
      ],
    },
  });
});

test('a sign-in leads back to the console', () => {
  const [client] = Object.values(synthesise().findResources('AWS::Cognito::UserPoolClient'));
  expect(JSON.stringify(client?.['Properties'].CallbackURLs)).toMatch(/https:\/\/.*ConsoleDistribution.*DomainName/);
});

test('the page goes with its stack only if the prop and the context flag both say so', () => {
  const policyOf = (template: Template) =>
    Object.entries(template.findResources('AWS::S3::Bucket')).find(([id]) => id.startsWith('Console'))?.[1]?.[
      'DeletionPolicy'
    ];
  expect(policyOf(synthesise(true, { [destroyDataFlag]: true }))).toBe('Delete');
  expect(policyOf(synthesise(true))).toBe('Retain');
});
