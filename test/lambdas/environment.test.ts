import { expect, test } from 'vitest';
import { parseEnvironment as consumer } from '../../lambdas/consumer/environment.ts';
import { parseEnvironment as featureWriter } from '../../lambdas/feature-writer/environment.ts';
import { parseEnvironment as intake } from '../../lambdas/intake/environment.ts';
import { parseEnvironment as outcomes } from '../../lambdas/outcomes/environment.ts';
import { parseEnvironment as review } from '../../lambdas/review/environment.ts';
import { parseEnvironment as reviewWatch } from '../../lambdas/review-watch/environment.ts';
import { parseEnvironment as status } from '../../lambdas/status/environment.ts';
import { reviewSettings } from '../../lib/oversight/review-rules.ts';

const settings = reviewSettings({});
const given = {
  DECISIONS_TABLE: 'decisions',
  AUDIT_QUEUE_URL: 'https://sqs.example/audit',
  FAILURE_BUCKET: 'failures',
  KEPT_TABLE: 'kept',
  BREAKERS_TABLE: 'breakers',
  MODEL_URL: 'http://model.local',
  MODEL_REGISTRY: 's3://registry/models/loan-default',
  MODES: 'app/env/profile',
  PSEUDONYM_KEY_ID: 'key',
  COST_RATIO: '5',
  REFER_MARGIN: '0.02',
  STATES_NOT_SERVED: 'PR,GU',
  CASES_TABLE: 'cases',
  STAGES_TABLE: 'stages',
  WORKFLOW_ARN: 'arn',
  REVIEW_SETTINGS: JSON.stringify(settings),
};

test('the consumer gets numbers and an address', () => {
  expect(consumer(given)).toEqual({
    decision: {
      decisionsTable: 'decisions',
      keptTable: 'kept',
      breakersTable: 'breakers',
      auditQueueUrl: 'https://sqs.example/audit',
      modelUrl: new URL('http://model.local'),
      modelRegistry: new URL('s3://registry/models/loan-default'),
      modes: { application: 'app', environment: 'env', profile: 'profile' },
      pseudonymKeyId: 'key',
      costRatio: 5,
      referMargin: 0.02,
    },
    failureBucket: 'failures',
    statesNotServed: new Set(['PR', 'GU']),
    casesTable: 'cases',
    stagesTable: 'stages',
    workflowArn: 'arn',
    review: settings,
  });
});

test('none is no state', () => {
  expect(consumer({ ...given, STATES_NOT_SERVED: 'none' }).statesNotServed).toEqual(new Set());
});

test('everything that is missing is named at once', () => {
  expect(() => intake({ STREAM_NAME: '' })).toThrow(
    'environment variables APPLICATIONS_TABLE, DECISIONS_TABLE, STREAM_NAME, PSEUDONYM_KEY_ID are missing or empty: ' +
      'set them on the function (its construct does)',
  );
  expect(() => status({ DECISIONS_TABLE: 'decisions' })).toThrow('APPLICATIONS_TABLE');
  expect(() => outcomes({})).toThrow('DECISIONS_TABLE, OUTCOMES_TABLE');
  expect(() => outcomes({})).toThrow('DECISIONS_TABLE, OUTCOMES_TABLE, FEATURES_TABLE, FEATURES_SINCE');
  expect(() => featureWriter({})).toThrow('FEATURES_TABLE, FEATURES_SINCE, PSEUDONYM_KEY_ID');
  expect(() => consumer({})).toThrow('FAILURE_BUCKET, STATES_NOT_SERVED');
});

test('the rules of review are read whole, or each field at fault is named', () => {
  const reviewed = { ...given, REVIEWERS_TABLE: 'reviewers', APPROVAL_KEY_ID: 'key' };
  expect(review(reviewed).settings).toEqual(settings);
  const wrong = { ...settings, referral: { personFrom: -1, auditShare: 2 } };
  expect(() => review({ ...reviewed, REVIEW_SETTINGS: JSON.stringify(wrong) })).toThrow(
    /^REVIEW_SETTINGS is wrong: referral.personFrom: .*; referral.auditShare: /,
  );
  expect(() => review({ ...reviewed, REVIEW_SETTINGS: '{' })).toThrow('REVIEW_SETTINGS is wrong: (document)');
  expect(() => reviewWatch({ ...reviewed, PRESENCE_SECONDS: '5' })).toThrow('PRESENCE_SECONDS is "5"');
});

test.each([
  ['COST_RATIO', 'five', 'COST_RATIO is "five": set it to a number from 0.01 to 1000'],
  ['COST_RATIO', '0', 'COST_RATIO is "0": set it to a number from 0.01 to 1000'],
  ['COST_RATIO', 'NaN', 'COST_RATIO is "NaN"'],
  ['REFER_MARGIN', ' ', 'REFER_MARGIN is " ": set it to a number from 0 to 0.5'],
  ['REFER_MARGIN', '0.6', 'REFER_MARGIN is "0.6"'],
  ['STATES_NOT_SERVED', 'Guam', 'STATES_NOT_SERVED is "Guam": set it to none, or to codes such as PR,GU'],
  ['MODEL_URL', 'model.local', 'MODEL_URL is "model.local": set it to an http or https address'],
  ['MODEL_REGISTRY', 'models', 'MODEL_REGISTRY is "models": set it to s3://bucket/prefix'],
  ['MODES', 'app/env', 'MODES is "app/env": set it to application/environment/profile, by their ids'],
  ['MODEL_URL', 'ftp://model.local', 'MODEL_URL is "ftp://model.local"'],
])('%s of %s is refused with its remedy', (name, value, message) => {
  expect(() => consumer({ ...given, [name]: value })).toThrow(message);
});
