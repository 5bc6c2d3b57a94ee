import { at, type Graph, list, type Resource } from '../model/graph.ts';

/**
 * The alarms that watch a resource and reach somebody: a dimension of their metrics names it, or an event rule on it,
 * and they act when they ring, by themselves or by a composite alarm over them.
 */
export function liveAlarms(graph: Graph, resource: Resource): Resource[] {
  return alarms(graph)
    .filter(({ alarm, watched }) => watched.has(resource) && acts(graph, alarm))
    .map(({ alarm }) => alarm);
}

/** Those of them that also ring when nothing is heard. */
export function silenceAlarms(graph: Graph, resource: Resource): Resource[] {
  return liveAlarms(graph, resource).filter(
    ({ properties }) => properties['TreatMissingData'] === 'breaching' || fills(properties),
  );
}

/** The names of the metrics that an alarm watches. */
export function metricNames({ properties }: Resource): string[] {
  return metrics(properties).map((metric) => String(at(metric, 'MetricName')));
}

/** The metrics of an alarm, each with `MetricName`, `Namespace` and `Dimensions`. */
export function metrics(properties: Resource['properties']): unknown[] {
  const single = properties['MetricName'] === undefined ? [] : [properties];
  return [...single, ...list(properties['Metrics']).flatMap((entry) => list(at(entry, 'MetricStat', 'Metric')))];
}

const watching = new WeakMap<Graph, { readonly alarm: Resource; readonly watched: ReadonlySet<Resource> }[]>();

/** All alarms with what they watch; found once for each graph. */
function alarms(graph: Graph) {
  const known = watching.get(graph);
  if (known) return known;
  const found = graph.ofType('AWS::CloudWatch::Alarm').map((alarm) => ({ alarm, watched: watchedBy(graph, alarm) }));
  watching.set(graph, found);
  return found;
}

function watchedBy(graph: Graph, alarm: Resource): ReadonlySet<Resource> {
  const dimensions = metrics(alarm.properties).map((metric) => at(metric, 'Dimensions'));
  const named = dimensions.flatMap((each) => graph.namedIn(alarm, each));
  // An event rule stands for what its pattern names.
  const behind = named.filter(({ type }) => type === 'AWS::Events::Rule');
  return new Set([...named, ...behind.flatMap((rule) => graph.namedIn(rule, rule.properties['EventPattern']))]);
}

function acts(graph: Graph, alarm: Resource): boolean {
  if (alarm.properties['ActionsEnabled'] === false) return false;
  if (list(alarm.properties['AlarmActions']).length > 0) return true;
  const over = graph.naming(alarm).filter(({ type }) => type === 'AWS::CloudWatch::CompositeAlarm');
  return over.some(
    (composite) =>
      graph.namedIn(composite, composite.properties['AlarmRule']).includes(alarm) && acts(graph, composite),
  );
}

/** Whether an expression gives silence a value of its own. */
function fills(properties: Resource['properties']): boolean {
  return list(properties['Metrics']).some((entry) => /\bFILL\(/.test(String(at(entry, 'Expression') ?? '')));
}
