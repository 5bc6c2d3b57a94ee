import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type App, CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { expect, test } from 'vitest';
import { type Acknowledgement, acknowledgeFinding } from '../../../lib/gate/acknowledgement.ts';
import type { Certificate } from '../../../lib/gate/certificate.ts';
import { Seaworthy } from '../../../lib/gate/seaworthy.ts';
import { gatePage, withRuleTable } from '../../../scripts/rule-table.ts';
import { caseStudy, newApp } from '../app.ts';

const today = new Date('2026-11-24T12:00:00Z');

function synth(app: App, day = today): Certificate {
  Validations.of(app).addPlugins(new Seaworthy({ today: day }));
  return certificateIn(app.synth().directory);
}

function certificateIn(directory: string): Certificate {
  return JSON.parse(readFileSync(path.join(directory, 'seaworthiness.json'), 'utf8'));
}

/** Removes properties from all resources of some types. */
function remove(app: App, types: readonly string[], property: string): void {
  const resources = app.node.findAll().filter(CfnResource.isCfnResource);
  for (const each of resources) if (types.includes(each.cfnResourceType)) each.addPropertyDeletionOverride(property);
}

test('the case study is seaworthy, and its certificate names what was judged', () => {
  const { app, stacks } = caseStudy();
  const certificate = synth(app);
  expect(certificate.verdict).toBe('seaworthy');
  expect(certificate.models.map(({ type }) => type)).toEqual(['AWS::ECS::Service']);
  expect(certificate.callers.map(({ path: construct }) => construct)).toContain(
    'SeaworthyIngestion/StreamIngestion/Consumer/Function/Resource',
  );
  expect(Object.keys(certificate.templates)).toHaveLength(Object.keys(stacks).length);
  for (const entries of Object.values(certificate.pillars)) expect(entries.length).toBeGreaterThan(0);
  expect(certificate.trials).toEqual([]);
});

test('acknowledgements of the case study get no more, none has expired, and all are needed', () => {
  const { acknowledgements } = synth(caseStudy().app);
  expect(acknowledgements).toMatchObject({ notNeeded: 0, expired: 0 });
  expect(acknowledgements.counted).toBeLessThanOrEqual(4);
});

test.each([
  ['monitoring', ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'], 'AlarmActions', 'Seaworthy::M1'],
  ['fallback', ['AWS::ECS::Service'], 'DeploymentConfiguration.Alarms', 'Seaworthy::F5'],
  ['oversight', ['AWS::StepFunctions::StateMachine'], 'DefinitionString', 'Seaworthy::O1'],
  ['accountability', ['AWS::S3::Bucket'], 'ObjectLockEnabled', 'Seaworthy::A1'],
])('without %s the case study does not synthesise', (_, types, property, finding) => {
  const { app } = caseStudy();
  remove(app, types, property);
  expect(() => synth(app)).toThrow(finding);
});

test('a finding names the construct, what is missing, why it matters, the article and the line that mends it', () => {
  const { app } = caseStudy();
  remove(app, ['AWS::ECS::Service'], 'DeploymentConfiguration.Alarms');
  let report = '';
  try {
    synth(app);
  } catch (error) {
    report = String(error);
  }
  for (const part of [
    'SeaworthyServing/ModelService/Service/Service',
    'Missing: its deployment names no alarm that rolls it back',
    'A new version that is healthy and wrong, or slow, is kept',
    'Evidence for AI Act Art. 15(4)',
    'Suggested fix: new FargateService(this, id, { deploymentAlarms:',
  ]) {
    expect(report).toContain(part);
  }
});

test('equal templates have equal certificates; another template has another hash', () => {
  const first = synth(appWithTable());
  expect(synth(appWithTable())).toEqual(first);
  const other = appWithTable();
  new CfnResource(other.node.findChild('Test') as Stack, 'More', { type: 'AWS::SNS::Topic' });
  expect(synth(other).templatesHash).not.toBe(first.templatesHash);
});

/** An app with one finding, acknowledged. */
function appWithTable(change: Partial<Acknowledgement> = {}): App {
  const app = newApp();
  const table = new Table(new Stack(app, 'Test'), 'Rates', { partitionKey: { name: 'id', type: 'S' as never } });
  acknowledgeFinding(table, {
    rule: 'A3',
    reason: 'Holds public exchange rates only, rebuilt every night',
    owner: 'market data team',
    expires: '2026-11-24',
    ...change,
  });
  return app;
}

test('an acknowledgement counts up to its last day, and is in the certificate', () => {
  const { verdict, acknowledgements, pillars } = synth(appWithTable());
  expect([verdict, acknowledgements]).toEqual(['seaworthy', { counted: 1, notNeeded: 0, expired: 0 }]);
  expect(pillars.accountability).toMatchObject([
    { rule: 'A3', verdict: 'acknowledged', acknowledgement: { owner: 'market data team', expires: '2026-11-24' } },
  ]);
});

test('the day after, the finding is back and says until when it was acknowledged', () => {
  expect(() => synth(appWithTable(), new Date('2026-11-25T00:00:00Z'))).toThrow('acknowledged until 2026-11-24');
});

test('an acknowledgement of another rule does not help', () => {
  expect(() => synth(appWithTable({ rule: 'A4' }))).toThrow('Seaworthy::A3');
});

test("the CDK's own acknowledgement, without an owner and an end, does not help", () => {
  const app = newApp();
  const stack = new Stack(app, 'Test');
  new CfnResource(stack, 'Log', { type: 'AWS::Logs::LogGroup', properties: { KmsKeyId: 'key' } });
  Validations.of(stack).acknowledge({ id: 'Seaworthy::A4', reason: 'because' });
  expect(() => synth(app)).toThrow('Seaworthy::A4');
});

test('one that is not needed any more is counted, and does not fail the synth', () => {
  const app = newApp();
  const stack = new Stack(app, 'Test');
  const log = new CfnResource(stack, 'Log', {
    type: 'AWS::Logs::LogGroup',
    properties: { KmsKeyId: 'key', RetentionInDays: 30 },
  });
  acknowledgeFinding(log, { rule: 'A4', reason: 'Kept for ever, as it was', owner: 'nobody', expires: '2030-01-01' });
  expect(synth(app)).toMatchObject({ verdict: 'seaworthy', acknowledgements: { notNeeded: 1 } });
});

test.each([
  [{ rule: 'M99' }, 'rule is "M99": name one of M1,'],
  [{ reason: 'later' }, 'reason is "later": say why in a sentence'],
  [{ owner: ' ' }, 'owner is " ": name the team'],
  [{ expires: '2026-02-30' }, 'expires is "2026-02-30": give a day as YYYY-MM-DD'],
  [{ expires: 'never' }, 'expires is "never"'],
])('an acknowledgement with %j is refused', (change, message) => {
  expect(() => appWithTable(change)).toThrow(message);
});

test('a whole stack can not be acknowledged', () => {
  const stack = new Stack(newApp(), 'Test');
  const acknowledgement = { rule: 'A4', reason: 'Everything in here is fine', owner: 'us', expires: '2030-01-01' };
  expect(() => acknowledgeFinding(stack, acknowledgement)).toThrow('scope is "Test": name one resource');
});

test('the table of rules in the documentation is that of the code', () => {
  const page = readFileSync(gatePage, 'utf8');
  expect(page, 'run node scripts/rule-table.ts').toBe(withRuleTable(page));
});
