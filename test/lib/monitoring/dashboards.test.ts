import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { groupKinds } from '../../../lambdas/patterns/drift-monitor/group-kinds.ts';
import { root } from '../../../scripts/root.ts';
import { templates } from '../app.ts';
import { namespaces } from './metrics.ts';

interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

const monitoring = templates()['SeaworthyMonitoring'];
const dashboards = Object.entries(monitoring?.findResources('AWS::CloudWatch::Dashboard') ?? {}).map(
  ([id, { Properties }]) => ({ id: id.replace(/[0-9A-F]{8}$/, ''), metrics: metricsOf(Properties.DashboardBody) }),
);

/** All metrics of a body; what is known only at deployment is the text `(token)`. */
function metricsOf(body: string | { readonly 'Fn::Join': [string, unknown[]] }): Metric[] {
  const text =
    typeof body === 'string'
      ? body
      : body['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : '(token)')).join('');
  const { widgets } = JSON.parse(text) as { widgets: { properties: { metrics?: unknown[][] } }[] };
  return widgets
    .flatMap(({ properties }) => properties.metrics ?? [])
    .filter((metric) => typeof metric[0] === 'string')
    .map((metric) => {
      const [namespace = '', name = '', ...rest] = metric.filter((part) => typeof part === 'string');
      const pairs = Array.from({ length: rest.length / 2 }, (_, at) => [rest[2 * at], rest[2 * at + 1]]);
      return { namespace, name, dimensions: Object.fromEntries(pairs) as Record<string, string> };
    });
}

/** The code of each handler, with all that it imports. */
const handlers = path.join(root, 'dist/handlers');
const bundleOf = (service: string) => readFileSync(path.join(handlers, service, 'index.mjs'), 'utf8');

test('there is one for the duty engineer and one for the risk officer', () => {
  expect(dashboards.map(({ id }) => id).toSorted()).toEqual(['Dashboard', 'Risk']);
});

describe.each(dashboards)('$id', ({ metrics }) => {
  test('shows only metrics that something publishes, with the dimensions that it publishes', () => {
    expect(metrics.length).toBeGreaterThan(5);
    for (const { namespace, name, dimensions } of metrics) {
      if (namespace === 'Seaworthy') {
        const { service = '', kind, ...others } = dimensions;
        expect(others, name).toEqual({});
        if (kind !== undefined) expect(groupKinds).toContain(kind);
        expect(readdirSync(handlers), name).toContain(service);
        expect(bundleOf(service), `${service} writes ${name}`).toMatch(new RegExp(`["']${name}["']`));
        continue;
      }
      expect(namespaces[namespace]?.metrics, namespace).toContain(name);
      for (const dimension of Object.keys(dimensions))
        expect(namespaces[namespace]?.dimensions).toHaveProperty(dimension);
    }
  });
});

test('the risk officer sees approval, overrides, drift, fairness and the budget', () => {
  const shown = new Set(dashboards.find(({ id }) => id === 'Risk')?.metrics.map(({ name }) => name));
  const wanted = ['ApplicationsApproved', 'Overrides', 'ScorePsi', 'ApprovalGap', 'DefaultGap', 'LossBudgetUsed'];
  expect(wanted.filter((name) => !shown.has(name))).toEqual([]);
});
