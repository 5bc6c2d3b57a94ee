import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HandlerFunction } from '../../lib/common/handler-function.ts';
import { caseStudy, newApp } from './app.ts';

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly { readonly ruleName: string; readonly severity: string }[];
  }[];
}

// All other tests run without the validation, for its time.
beforeEach(() => {
  process.env['CDK_VALIDATION'] = 'true';
});
afterEach(() => {
  process.env['CDK_VALIDATION'] = 'false';
});

test('the whole app passes the template validation of the CDK', () => {
  const directory = caseStudy().app.synth().directory;
  expect(findingsIn(directory)).toEqual([]);
});

test('a wrong template would not pass', () => {
  const app = newApp();
  new CfnResource(new Stack(app, 'Wrong'), 'Queue', {
    type: 'AWS::SQS::Queue',
    properties: { VisibilityTimeout: 'soon' },
  });
  expect(() => app.synth()).toThrow("VisibilityTimeout: 'soon' is not of type 'integer'");
});

test('cdk-nag has no finding that is not acknowledged, with its reason, on the one resource', () => {
  const { app } = caseStudy();
  const report = new AwsSolutionsChecks(app).validateScope(app);
  const findings = report.violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
  );
  expect(findings).toEqual([]);
});

test('acknowledgements get no more than the one that every handler needs for its traces', () => {
  const constructs = caseStudy().app.node.findAll();
  const handlers = constructs.filter((construct) => construct instanceof HandlerFunction);
  const acknowledged = constructs.flatMap(({ node }) => node.metadata.filter(isOfNag));
  expect(acknowledged.length).toBeLessThanOrEqual(39 + handlers.length);
});

/** What other checkers find is held at a number for each resource by test/strangers. */
function isOfNag({ type, data }: { readonly type: string; readonly data?: unknown }): boolean {
  return type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY && JSON.stringify(data).includes('AwsSolutions');
}

function findingsIn(directory: string): string[] {
  const report = JSON.parse(readFileSync(path.join(directory, 'validation-report.json'), 'utf8')) as Report;
  return report.pluginReports
    .flatMap(({ violations }) => violations)
    .map(({ severity, ruleName }) => `${severity} ${ruleName}`);
}
