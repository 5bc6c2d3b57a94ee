import { describe, expect, test } from 'vitest';
import { judge } from '../../../lib/gate/judgement.ts';
import { rules } from '../../../lib/gate/rules/index.ts';
import { graphOf, type Resources, seaworthyApp } from './fixture.ts';

const today = '2026-11-24';
const judgements = (resources: Resources) => judge(graphOf(resources), rules, new Map(), today);
const findings = (resources: Resources) =>
  judgements(resources)
    .filter(({ verdict }) => verdict === 'missing')
    .map(({ rule, subject, missing }) => `${rule.id} ${subject.logicalId}: ${missing}`);

/** The properties of a resource, to take something out of. */
function of(resources: Resources, id: string): Record<string, unknown> {
  const found = resources[id];
  if (!found) throw new Error(`there is no ${id}`);
  return found.Properties;
}

const without = (id: string) => (resources: Resources) => delete resources[id];
const withoutProperty = (id: string, property: string) => (resources: Resources) => delete of(resources, id)[property];

/** Takes out a statement of a policy that allows this action. */
const withoutRight = (id: string, action: string) => (resources: Resources) => {
  const document = of(resources, id)['PolicyDocument'] as { Statement: { Action: string | string[] }[] };
  document.Statement = document.Statement.filter(({ Action }) => ![Action].flat().includes(action));
};

const withoutVariable = (id: string, name: string) => (resources: Resources) =>
  delete (of(resources, id)['Environment'] as { Variables: Record<string, unknown> }).Variables[name];

/** Replaces text of a state machine's definition. */
const rewritten = (id: string, from: string, to: string) => (resources: Resources) => {
  const properties = of(resources, id);
  const before = JSON.stringify(properties['DefinitionString']);
  const quoted = (text: string) => JSON.stringify(text).slice(1, -1);
  const after = before.replaceAll(quoted(from), quoted(to));
  if (after === before) throw new Error(`${id} has no ${from}`);
  properties['DefinitionString'] = JSON.parse(after);
};

const given = (id: string, action: string, resource: unknown) => (resources: Resources) => {
  const document = of(resources, id)['PolicyDocument'] as { Statement: object[] };
  document.Statement.push({ Effect: 'Allow', Action: action, Resource: resource });
};

/** A review that no longer waits, of which a step may write to the registry. */
function promotesFromReview(resources: Resources): void {
  of(resources, 'Ask')['Role'] = { 'Fn::GetAtt': ['PromoteRole', 'Arn'] };
  rewritten('Review', '.waitForTaskToken', '')(resources);
}

/** What is taken out (or done), and the finding that it must bring. Each rule is here. */
const cases: readonly (readonly [finding: string, change: (resources: Resources) => unknown])[] = [
  [
    'M1 Service: no alarm with an action watches the service, its target group or its load balancer',
    without('NoTasks'),
  ],
  ['M1 Service: no alarm with an action', withoutProperty('NoTasks', 'AlarmActions')],
  ['M2 Stream: no alarm with an action watches the age', without('Behind')],
  ['M3 Job: no alarm with an action watches it', without('JobFails')],
  ['M3 Job: no alarm with an action watches it', without('JobEnds')],
  ['M4 Entries: no alarm with an action watches the number or the age', without('EntriesWait')],
  ['M4 DeadLetters: no alarm with an action watches the number or the age', without('DeadLettersWait')],
  ['M5 Review: no alarm with an action watches its executions', without('ReviewFails')],
  ['M6 Stream: no alarm with an action treats missing data as breaching', without('Silence')],
  ['M6 Service: no alarm with an action treats missing data', withoutProperty('NoTasks', 'TreatMissingData')],
  ['M6 Job: no alarm with an action treats missing data', withoutProperty('JobFails', 'TreatMissingData')],
  ['M7 Decide: its tracing is not on', withoutProperty('Decide', 'TracingConfig')],
  ['M7 Sequence: its tracing is not on', withoutProperty('Sequence', 'TracingConfig')],
  ['M7 Review: its tracing is not on', withoutProperty('Review', 'TracingConfiguration')],
  ['F1 Decide: it asks one model, and may read no model artefact', withoutVariable('Decide', 'SMALLER_MODEL')],
  ['F1 Decide: it asks one model, and may read no model artefact', withoutRight('DecidePolicy', 's3:GetObject')],
  ['F2 Decide: no variable names a store of its circuit breaker', withoutVariable('Decide', 'BREAKER_TABLE')],
  ['F2 Decide: no variable names a store of its circuit breaker', withoutRight('DecidePolicy', 'dynamodb:UpdateItem')],
  ['F3 Mapping: it has no failure destination', withoutProperty('Mapping', 'DestinationConfig')],
  ['F3 EntriesMapping: it has no failure destination', withoutProperty('Entries', 'RedrivePolicy')],
  ['F4 Decide: it may read no configuration', withoutRight('DecidePolicy', 'appconfig:GetLatestConfiguration')],
  ['F5 Service: its deployment names no alarm', withoutProperty('Service', 'DeploymentConfiguration')],
  ['O1 Decide: no state machine that waits for a person', withoutRight('DecidePolicy', 'states:StartExecution')],
  ['O1 Decide: no state machine that waits for a person', rewritten('Review', '.waitForTaskToken', '')],
  [
    'O2 Review: a wait without a heartbeat or a timeout: First, Second',
    rewritten('Review', 'HeartbeatSeconds', 'Unused'),
  ],
  [
    'O2 Review: a wait without a heartbeat or a timeout: First, Second',
    rewritten('Review', 'TimeoutSeconds', 'Unused'),
  ],
  ['O3 Review: First, Second catches no timeout', rewritten('Review', '"Catch"', '"Unused"')],
  ['O3 Review: First, Second catches no timeout', rewritten('Review', '"Type":"Pass"', '"Type":"Fail"')],
  [
    'O4 Review: no wait for a person is followed by a wait for a second one',
    rewritten('Review', '"Next":"Second"', '"Next":"Done"'),
  ],
  ['O5 Answer: it answers for reviewers and may also ecs:RunTask', given('AnswerPolicy', 'ecs:*', '*')],
  [
    'O5 Answer: it answers for reviewers and may also write to the registry App/Registry',
    given('AnswerPolicy', 's3:Put*', { Ref: 'Registry' }),
  ],
  ['O6 Promote: it may write to a model registry', rewritten('Training', '.waitForTaskToken', '')],
  ['O6 Ask: it may write to a model registry', promotesFromReview],
  ['A1 Decide: no bucket with Object Lock can be written to', withoutRight('DecidePolicy', 'sqs:SendMessage')],
  ['A1 Decide: no bucket with Object Lock can be written to', without('EntriesMapping')],
  ['A1 Decide: no bucket with Object Lock can be written to', withoutProperty('Audit', 'ObjectLockEnabled')],
  ['A2 Audit: its lock is on nothing by default, for 0 days', withoutProperty('Audit', 'ObjectLockConfiguration')],
  ['A3 Audit: it names no key of its own', withoutProperty('Audit', 'BucketEncryption')],
  ['A3 Stream: it names no key of its own', withoutProperty('Stream', 'StreamEncryption')],
  ['A3 AccessLogs: it names no key of its own', withoutProperty('Audit', 'LoggingConfiguration')],
  ['A4 Log: it never expires', withoutProperty('Log', 'RetentionInDays')],
  [
    'A5 Behind: applicantId names a person or one case',
    (resources) => (of(resources, 'Behind')['Dimensions'] as object[]).push({ Name: 'applicantId', Value: '1' }),
  ],
  [
    'A5 Log: /people/email names a person or one case',
    (resources) => (of(resources, 'Log')['LogGroupName'] = '/people/email'),
  ],
];

test('an app that keeps every promise has no finding', () => {
  expect(findings(seaworthyApp())).toEqual([]);
});

test.each(rules.map((rule) => [rule.id, rule] as const))('%s is about something of that app', (_, rule) => {
  expect(rule.subjects(graphOf(seaworthyApp())).length).toBeGreaterThan(0);
});

test.each(cases)('%s', (finding, change) => {
  const app = seaworthyApp();
  change(app);
  expect(findings(app).filter((found) => found.startsWith(finding))).toHaveLength(1);
});

test('each rule is seen to fail', () => {
  const failing = new Set(cases.map(([finding]) => finding.split(' ')[0]));
  expect([...failing].toSorted()).toEqual(rules.map(({ id }) => id).toSorted());
});

test('a lock that may be lifted, or ends before half a year, does not count', () => {
  const app = seaworthyApp();
  const retention = (change: object) => ({ Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 185, ...change } } });
  of(app, 'Audit')['ObjectLockConfiguration'] = retention({ Mode: 'GOVERNANCE' });
  expect(findings(app)).toEqual(['A2 Audit: its lock is GOVERNANCE, for 185 days']);
  of(app, 'Audit')['ObjectLockConfiguration'] = retention({ Days: 183 });
  expect(findings(app)).toEqual(['A2 Audit: its lock is COMPLIANCE, for 183 days']);
  of(app, 'Audit')['ObjectLockConfiguration'] = retention({ Days: undefined, Years: 1 });
  expect(findings(app)).toEqual([]);
});

describe('an alarm without an action of its own', () => {
  const silent = () => {
    const app = seaworthyApp();
    delete of(app, 'NoTasks')['AlarmActions'];
    return app;
  };
  const over = (properties: object) => ({
    Type: 'AWS::CloudWatch::CompositeAlarm',
    Properties: { AlarmRule: { 'Fn::Join': ['', ['ALARM(', { Ref: 'NoTasks' }, ')']] }, ...properties },
  });

  test('is live by a composite alarm over it that acts', () => {
    expect(findings({ ...silent(), Over: over({ AlarmActions: [{ Ref: 'Topic' }] }) })).toEqual([]);
  });

  test('is not, if the composite does not act, or is switched off', () => {
    expect(findings({ ...silent(), Over: over({}) })).toContainEqual(expect.stringMatching(/^M1/));
    const off = over({ AlarmActions: [{ Ref: 'Topic' }], ActionsEnabled: false });
    expect(findings({ ...silent(), Over: off })).toContainEqual(expect.stringMatching(/^M1/));
  });
});

test('a caller of a foundation model is held to the same promises', () => {
  const app = seaworthyApp();
  given('AnswerPolicy', 'bedrock:InvokeModel', '*')(app);
  expect(findings(app).map((finding) => finding.split(':')[0])).toEqual([
    'F1 Answer',
    'F2 Answer',
    'F4 Answer',
    'O1 Answer',
    'A1 Answer',
  ]);
});
