import { expect, test } from 'vitest';
import { at, list } from '../../lib/gate/model/graph.ts';
import { resourcesOf, templates } from '../lib/app.ts';

/** Actions that AWS can't limit to a resource, or that act before there is one, each with the reason. */
const reasons: Readonly<Record<string, string>> = {
  'cloudwatch:PutMetricData': 'metrics have no ARN; the namespace is a condition',
  'ec2:AssignPrivateIpAddresses': 'Lambda makes its network interfaces when it likes',
  'ec2:CreateNetworkInterface': 'Lambda makes its network interfaces when it likes',
  'ec2:DeleteNetworkInterface': 'Lambda makes its network interfaces when it likes',
  'ec2:DescribeNetworkInterfaces': 'descriptions have no ARN',
  'ec2:DescribeSubnets': 'descriptions have no ARN',
  'ec2:UnassignPrivateIpAddresses': 'Lambda makes its network interfaces when it likes',
  'ecr:GetAuthorizationToken': "the token is the account's",
  'ecs:DescribeTasks': 'tasks have no ARN before they run; the cluster is a condition',
  'ecs:StopTask': 'tasks have no ARN before they run; the cluster is a condition',
  'elasticloadbalancing:DescribeListeners': 'descriptions have no ARN',
  'elasticloadbalancing:DescribeRules': 'descriptions have no ARN',
  'elasticloadbalancing:DescribeTargetGroups': 'descriptions have no ARN',
  'elasticloadbalancing:DescribeTargetHealth': 'descriptions have no ARN',
  'glue:GetSecurityConfiguration': 'security configurations have no ARN',
  'logs:CreateLogDelivery': 'log deliveries have no ARN',
  'logs:DeleteLogDelivery': 'log deliveries have no ARN',
  'logs:DescribeLogGroups': 'descriptions have no ARN',
  'logs:DescribeResourcePolicies': 'descriptions have no ARN',
  'logs:GetLogDelivery': 'log deliveries have no ARN',
  'logs:ListLogDeliveries': 'log deliveries have no ARN',
  'logs:PutResourcePolicy': 'resource policies of logs have no ARN',
  'logs:UpdateLogDelivery': 'log deliveries have no ARN',
  'xray:GetSamplingRules': 'sampling has no ARN',
  'xray:GetSamplingTargets': 'sampling has no ARN',
  'xray:PutTelemetryRecords': 'traces have no ARN',
  'xray:PutTraceSegments': 'traces have no ARN',
};

/** What roles are allowed, by action and resource, with where it stands. */
const allowed = Object.entries(templates()).flatMap(([stack, template]) =>
  Object.entries(resourcesOf(template)).flatMap(([id, { Properties }]) => {
    const inline = list(at(Properties, 'Policies')).map((policy) => at(policy, 'PolicyDocument'));
    const attached = at(Properties, 'Roles') === undefined ? [] : [at(Properties, 'PolicyDocument')];
    const documents = [...inline, ...attached];
    return documents
      .flatMap((document) => list(at(document, 'Statement')))
      .filter((statement) => at(statement, 'Effect') === 'Allow')
      .flatMap((statement) =>
        list(at(statement, 'Action')).map((action) => ({ where: `${stack} ${id}`, action: String(action), statement })),
      );
  }),
);

test('there are rights to look at', () => {
  expect(allowed.length).toBeGreaterThan(50);
});

test('no role may do something to everything, but where AWS knows no resource', () => {
  const everything = allowed.filter(({ statement }) => list(at(statement, 'Resource')).includes('*'));
  const unfounded = everything.filter(({ action }) => reasons[action] === undefined);
  expect(unfounded.map(({ where, action }) => `${where} ${action}`)).toEqual([]);
});

test('no role may do everything that a service can', () => {
  const all = allowed.filter(({ action }) => /^\*$|:\*$/.test(action));
  expect(all.map(({ where, action }) => `${where} ${action}`)).toEqual([]);
});
