import { Match, Template } from 'aws-cdk-lib/assertions';
import { Schema } from 'aws-cdk-lib/aws-glue';
import { expect, test } from 'vitest';
import { BatchIngestion } from '../../../lib/ingestion/batch-ingestion.ts';
import { fixture } from '../fixture.ts';

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly Choices?: readonly { readonly Next: string; readonly Or: readonly { readonly StringMatches: string }[] }[];
}

const { stack, shared } = fixture();
new BatchIngestion(stack, 'Batch', {
  script: new URL('../../../jobs/history/main.py', import.meta.url).pathname,
  rawColumns: [{ name: 'amount', type: Schema.STRING }],
  tableName: 'amounts',
  inputErrors: ['BadFile', 'NoFile'],
  ...shared,
});
const template = Template.fromStack(stack);

function states(): Readonly<Record<string, State>> {
  const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
  const parts = machine?.['Properties'].DefinitionString['Fn::Join'][1] as unknown[];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'token')).join('')).States;
}

test('a file that arrives under raw/ starts a run, and nothing else does', () => {
  template.hasResourceProperties('AWS::S3::Bucket', {
    NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
  });
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: {
        bucket: { name: [{ Ref: Match.stringLikeRegexp('BatchBucket') }] },
        object: { key: [{ prefix: 'raw/' }] },
      },
    },
    Targets: [
      {
        Arn: { Ref: Match.stringLikeRegexp('StateMachine') },
        Input: '{"trigger":"arrival"}',
        RetryPolicy: { MaximumEventAgeInSeconds: 3600 },
      },
    ],
  });
});

test('a run waits for the one before, for longer than that may take', () => {
  const retry = states()['Run']?.Retry?.find(({ ErrorEquals }) =>
    ErrorEquals.includes('Glue.ConcurrentRunsExceededException'),
  );
  let waited = 0;
  for (let attempt = 0, wait = 30; attempt < (retry?.MaxAttempts ?? 0); attempt++, wait = Math.min(wait * 1.5, 300)) {
    waited += wait;
  }
  expect(waited).toBeGreaterThan(60 * 60);
});

test('a failure is tried once more, unless the input is at fault', () => {
  const { Run, 'Whose fault': judgement, Wait, 'Run again': again } = states();
  expect(Run?.Catch).toEqual([{ ErrorEquals: ['States.TaskFailed'], ResultPath: '$.failure', Next: 'Whose fault' }]);
  expect(judgement?.Choices?.[0]?.Next).toBe('Input at fault');
  expect(judgement?.Choices?.[0]?.Or.map(({ StringMatches }) => StringMatches)).toEqual(['*BadFile:*', '*NoFile:*']);
  expect([judgement?.Default, Wait?.Next]).toEqual(['Wait', 'Run again']);
  expect(again?.Catch).toBeUndefined();
  template.hasResourceProperties('AWS::Glue::Job', { MaxRetries: 0 });
});

test('no run hangs for ever', () => {
  const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
  const parts = machine?.['Properties'].DefinitionString['Fn::Join'][1] as string[];
  expect(parts.at(-1)).toContain(`"TimeoutSeconds":${4 * 60 * 60}`);
  template.hasResourceProperties('AWS::Glue::Job', { Timeout: 60 });
});
