import { Template } from 'aws-cdk-lib/assertions';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { expect, test } from 'vitest';
import { DecisionModes } from '../../../lib/decision/decision-modes.ts';
import { AuditTrail } from '../../../lib/governance/audit-trail.ts';
import { ModeSwitch } from '../../../lib/oversight/mode-switch.ts';
import { fixture } from '../fixture.ts';

function synthesise(switchGroup?: string): Template {
  const { stack, shared } = fixture();
  const metric = new Metric({ namespace: 'Test', metricName: 'Unreadable' });
  const rollBackAlarm = new Alarm(stack, 'Unreadable', { metric, threshold: 1, evaluationPeriods: 1 });
  new ModeSwitch(stack, 'Switch', {
    modes: new DecisionModes(stack, 'Modes', { encryptionKey: shared.encryptionKey, rollBackAlarm }),
    api: new HttpApi(stack, 'Api'),
    auditTrail: new AuditTrail(stack, 'AuditTrail', shared),
    encryptionKey: shared.encryptionKey,
    alarmTopic: shared.alarmTopic,
    switchGroup,
  });
  return Template.fromStack(stack);
}

const groupIn = (template: Template) =>
  Object.values(template.findResources('AWS::Lambda::Function')).find(
    ({ Properties }) => Properties.Environment?.Variables?.POWERTOOLS_SERVICE_NAME === 'mode',
  )?.['Properties'].Environment.Variables.SWITCH_GROUP;

test('the mode is read and set by the API', () => {
  const routes = Object.values(synthesise().findResources('AWS::ApiGatewayV2::Route'));
  expect(routes.map(({ Properties }) => Properties.RouteKey).toSorted()).toEqual(['GET /mode', 'PUT /mode']);
});

test('duty officers switch it, or the group that is named', () => {
  expect(groupIn(synthesise())).toBe('duty-officers');
  expect(groupIn(synthesise('supervisors'))).toBe('supervisors');
});

test('the switch writes versions of the one configuration, and deploys them', () => {
  const statements = Object.entries(synthesise().findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith('Switch'))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
  const actions = statements.flatMap(({ Action }) => Action).filter((action) => action.startsWith('appconfig:'));
  expect(actions.toSorted()).toEqual([
    'appconfig:CreateHostedConfigurationVersion',
    'appconfig:GetLatestConfiguration',
    'appconfig:ListDeployments',
    'appconfig:StartConfigurationSession',
    'appconfig:StartDeployment',
    'appconfig:StopDeployment',
  ]);
});
