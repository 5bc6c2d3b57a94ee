import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { rungs } from '../../../lambdas/patterns/decision/rungs.ts';
import { poisonClasses } from '../../../lambdas/patterns/poison/classes.ts';
import { type Resources, resourcesOf, templates } from '../app.ts';
import { namespaces } from './metrics.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

interface Metric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
}

/** A reference to the topic, in its own stack or from another. */
const topic = /"(Ref":"|OutputName":"PublishOutputRef)Alarms04B5A0BF/;

const alarms = Object.entries(templates()).flatMap(([stack, template]) =>
  Object.entries(template.findResources('AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => ({
    name: `${stack} ${id}`,
    properties: Properties,
    template,
  })),
);

test('there are alarms on every family', () => {
  expect(alarms.length).toBeGreaterThanOrEqual(30);
});

describe.each(alarms)('$name', ({ properties, template }) => {
  test('watches metrics that exist, on resources of its own stack, or of a handler of any', () => {
    const metrics = metricsOf(properties);
    expect(metrics.length).toBeGreaterThan(0);
    for (const metric of metrics) {
      if (metric.Namespace === 'Seaworthy') checkOwnMetric(metric, template);
      else checkMetric(metric, template);
    }
  });

  test('notifies the topic when it rings and when it is over', () => {
    for (const actions of [properties.AlarmActions, properties.OKActions]) {
      expect(actions).toHaveLength(1);
      expect(JSON.stringify(actions[0])).toMatch(topic);
    }
  });

  test('says where in the runbook to look', () => {
    const entry = /docs\/runbooks\/([a-z-]+\.md#[a-z-]+)$/.exec(properties.AlarmDescription)?.[1];
    expect(runbookEntries()).toContain(entry);
  });
});

test.each(rungs)('the rung $name has the alarm that its drill waits for', ({ alarm }) => {
  const logicalId = new RegExp(`^SeaworthyDecision DecisionServiceAlarms${alarm}[0-9A-F]{8}$`, 'i');
  expect(alarms.filter(({ name }) => logicalId.test(name))).toHaveLength(1);
});

describe('the composite alarms', () => {
  const monitoring = templates()['SeaworthyMonitoring'];
  const composites = Object.entries(monitoring?.findResources('AWS::CloudWatch::CompositeAlarm') ?? {}).map(
    ([id, { Properties }]) => ({ id: id.replace(/[0-9A-F]{8}$/, ''), properties: Properties }),
  );
  const ringing = composites.filter(({ properties }) => properties.AlarmActions !== undefined);
  const paging = ringing.filter(({ properties }) => JSON.stringify(properties.AlarmActions).includes('Pages'));
  const idOf = (value: unknown) => /"Fn::GetAtt":\["(\w+?)[0-9A-F]{8}"/.exec(JSON.stringify(value))?.[1];

  test('one wakes somebody, over one of each stack that can', () => {
    expect(paging.map(({ id }) => id)).toEqual(['ServiceAtRisk']);
    for (const { id } of ringing) {
      if (id !== 'ServiceAtRisk') expect(JSON.stringify(paging[0]?.properties.AlarmRule)).toContain(`"${id}`);
    }
  });

  test('every alarm that wakes somebody is below one of them', () => {
    const rules = JSON.stringify(ringing.map(({ properties }) => properties.AlarmRule));
    const urgent = alarms.filter(({ properties }) => properties.AlarmDescription.startsWith('[page]'));
    expect(urgent.length).toBeGreaterThan(5);
    for (const { name } of urgent) expect(rules).toContain(name.split(' ')[1]);
  });

  test('a stack keeps quiet while one that it stands on is at risk', () => {
    const suppressor = (name: string) => idOf(ringing.find(({ id }) => id === name)?.properties.ActionsSuppressor);
    expect(suppressor('SeaworthyFoundationAtRisk')).toBeUndefined();
    expect(suppressor('SeaworthyDecisionAtRisk')).toBe('SeaworthyFoundationAtRisk');
    expect(suppressor('SeaworthyServingAtRisk')).toBe('BelowSeaworthyServing');
    expect(suppressor('SeaworthyIngestionAtRisk')).toBe('BelowSeaworthyIngestion');
    const below = composites.find(({ id }) => id === 'BelowSeaworthyIngestion')?.properties.AlarmRule;
    for (const id of ['SeaworthyFoundationAtRisk', 'SeaworthyServingAtRisk'])
      expect(JSON.stringify(below)).toContain(id);
  });

  test('each that rings has its place in the runbook and notifies when it is over', () => {
    for (const { properties } of ringing) {
      expect(runbookEntries()).toContain(/docs\/runbooks\/(\S+)$/.exec(properties.AlarmDescription)?.[1]);
      expect(properties.OKActions).toEqual(properties.AlarmActions);
    }
  });
});

/** Entries of the families that every queue, state machine and table can have, be there one in the case study or not. */
const byDefault = [
  'queue.md#dead-letters',
  'queue.md#stale',
  'table.md#throttled',
  'workflow.md#failed',
  'workflow.md#throttled',
  'workflow.md#timed-out',
];

/** Entries of composite alarms. */
const composed = ['service.md#at-risk', 'service.md#stack-at-risk'];

test('the runbook has no entry for an alarm that is not there', () => {
  const described = alarms.map(({ properties }) => properties.AlarmDescription.split('/').at(-1));
  const known = new Set([...described, ...byDefault, ...composed]);
  expect(runbookEntries().toSorted()).toEqual([...known].toSorted());
});

test('alarms may publish to the topic, though it has a policy of its own, and use its key', () => {
  const foundation = templates()['SeaworthyFoundation'];
  const cloudWatch = { Service: 'cloudwatch.amazonaws.com' };
  const statements = (type: string, document: string) =>
    Object.values(foundation?.findResources(type) ?? {}).flatMap(({ Properties }) => Properties[document].Statement);
  expect(statements('AWS::SNS::TopicPolicy', 'PolicyDocument')).toContainEqual(
    expect.objectContaining({ Effect: 'Allow', Action: 'sns:Publish', Principal: cloudWatch }),
  );
  expect(statements('AWS::KMS::Key', 'KeyPolicy')).toContainEqual(
    expect.objectContaining({ Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Principal: cloudWatch }),
  );
});

function metricsOf(properties: Resources[string]): Metric[] {
  if (properties['MetricName']) return [properties as unknown as Metric];
  return properties['Metrics']
    .filter((entry: { MetricStat?: { Metric: Metric } }) => entry.MetricStat)
    .map((entry: { MetricStat: { Metric: Metric } }) => entry.MetricStat.Metric);
}

function checkMetric({ Namespace, MetricName, Dimensions = [] }: Metric, template: Template): void {
  expect(Dimensions, `${MetricName} has dimensions`).not.toHaveLength(0);
  const known = namespaces[Namespace];
  expect(known?.metrics, Namespace).toContain(MetricName);
  const resources = resourcesOf(template);
  for (const { Name, Value } of Dimensions) {
    if (typeof Value === 'string') {
      checkLiteral(Name, Value, resources);
      continue;
    }
    expect(known?.dimensions, MetricName).toHaveProperty(Name);
    expect(typesIn(Value, resources), `${MetricName} ${Name}`).toContain(known?.dimensions[Name]);
  }
}

/** A metric that a handler writes: its code names the metric, and its environment the namespace and the service. */
function checkOwnMetric({ MetricName, Dimensions = [] }: Metric, template: Template): void {
  const named = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
  const { service, job, class: failure, rung, ...others } = named;
  expect(others).toEqual({});
  if (job !== undefined) {
    checkJobMetric(MetricName, job, resourcesOf(template));
    return;
  }
  if (failure !== undefined) expect(Object.keys(poisonClasses)).toContain(failure);
  if (rung !== undefined) expect(rungs.map(({ name }) => name)).toContain(rung);
  const environment = { POWERTOOLS_METRICS_NAMESPACE: 'Seaworthy', POWERTOOLS_SERVICE_NAME: service };
  const handlers = Object.values(templates()).flatMap((template) =>
    Object.values(template.findResources('AWS::Lambda::Function')),
  );
  expect(handlers.map(({ Properties }) => Properties.Environment?.Variables)).toContainEqual(
    expect.objectContaining(environment),
  );
  const sources = readdirSync(path.join(root, 'lambdas'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(path.join(root, 'lambdas', file), 'utf8'));
  expect(
    sources.some((source) => source.includes(`'${MetricName}'`)),
    `a handler writes ${MetricName}`,
  ).toBe(true);
}

function checkJobMetric(name: string, job: unknown, resources: Resources): void {
  expect(typesIn(job, resources)).toEqual(['AWS::Glue::Job']);
  expect(readFileSync(path.join(root, 'jobs/history/command.py'), 'utf8')).toContain(`"${name}"`);
}

function checkLiteral(name: string, value: string, resources: Resources): void {
  const properties = Object.values(resources).map(({ Properties }) => Properties ?? {});
  const allowed: Readonly<Record<string, unknown[]>> = {
    // A table's throttles and errors are counted by operation.
    Operation: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'BatchGetItem', 'TransactWriteItems'],
    Stage: properties.map(({ StageName }) => StageName),
    FilterId: properties.flatMap(({ MetricsConfigurations }) => MetricsConfigurations ?? []).map(({ Id }) => Id),
  };
  expect(allowed[name], `${name} is ${value}`).toContain(value);
}

/** Types of the resources that a value refers to, and of those that these refer to in turn. */
function typesIn(value: unknown, resources: Resources): string[] {
  const ids = [...JSON.stringify(value).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"([^"]+)"/g)].map(([, id]) => id ?? '');
  return ids.flatMap((id) => {
    const { Type, Properties } = resources[id] ?? {};
    // A listener stands for its load balancer.
    return Type === 'AWS::ElasticLoadBalancingV2::Listener' ? typesIn(Properties.LoadBalancerArn, resources) : [Type];
  });
}

/** Each entry as an alarm's description names it: `<page>#<anchor>`. */
function runbookEntries(): string[] {
  const folder = path.join(root, 'docs/runbooks');
  return readdirSync(folder).flatMap((page) => {
    const text = readFileSync(path.join(folder, page), 'utf8');
    return [...text.matchAll(/<a id="([a-z-]+)"><\/a>/g)].map(([, anchor]) => `${page}#${anchor}`);
  });
}
