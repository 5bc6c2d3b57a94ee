import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { FoundationStack } from '../../lib/index.ts';
import { imageFolder, newApp } from '../lib/app.ts';
import { ClaimsStack, stricterBank } from './extend.ts';

const root = new URL('../../', import.meta.url);

test('the samples of the page are those that compile', () => {
  const samples = [...read('test/docs/extend.ts').matchAll(/^( *)\/\/ #region \w+\n(.*?)^ *\/\/ #endregion/gms)].map(
    ([, indent = '', code = '']) => code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
  const shown = [...read('docs/extend.md').matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
  expect(shown).toHaveLength(samples.length);
  expect(shown.toSorted()).toEqual(samples.toSorted());
});

test('the samples synthesise', () => {
  const app = newApp();
  const claims = new ClaimsStack(app, 'Claims', {
    foundation: new FoundationStack(app, 'Foundation'),
    imageFolder: imageFolder(),
    script: fileURLToPath(new URL('jobs/history/main.py', root)),
  });
  const template = Template.fromStack(claims);
  template.resourceCountIs('AWS::Kinesis::Stream', 1);
  template.resourceCountIs('AWS::ECS::Service', 1);
  template.resourceCountIs('AWS::Glue::Job', 1);
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmDescription: 'Reviewers get more than they can decide in a day. docs/runbooks/claims.md#too-many-referred',
  });
  const { ingestion } = stricterBank(newApp());
  Template.fromStack(ingestion).hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { COST_RATIO: '8', REFER_MARGIN: '0.05' } },
  });
});

function read(file: string): string {
  return readFileSync(new URL(file, root), 'utf8');
}
