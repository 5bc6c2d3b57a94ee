import type { Graph, Resource } from '../model/graph.ts';
import { liveAlarms, metricNames } from '../relations/alarms.ts';
import { heldBy, type Rule } from '../rule.ts';

const late = [
  'IteratorAge',
  'GetRecords.IteratorAgeMilliseconds',
  'MillisBehindLatest',
  'EstimatedMaxTimeLag',
  'OffsetLag',
  'MaxOffsetLag',
];

export const streamAlarms: Rule = {
  id: 'M2',
  pillar: 'monitoring',
  promise: 'Each stream has an alarm on how far behind it is read.',
  why: 'Records that wait past the retention of the stream are lost, and with them the applications in them.',
  evidenceFor: 'AI Act Art. 15(4), 26(5)',
  fix: "createAlarms(this, topic, 'stream', { behind: { metric: consumer.metric('IteratorAge', { statistic: 'Maximum' }), ... } })",
  subjects: (graph) => graph.ofType('AWS::Kinesis::Stream', 'AWS::MSK::Cluster', 'AWS::MSK::ServerlessCluster'),
  judge(stream, graph) {
    const alarms = [stream, ...readers(graph, stream)].flatMap((each) => liveAlarms(graph, each));
    const onAge = alarms.filter((alarm) => metricNames(alarm).some((name) => late.includes(name)));
    return heldBy(onAge, 'no alarm with an action watches the age of what its readers have not read');
  },
};

function readers(graph: Graph, stream: Resource): Resource[] {
  const mappings = graph.naming(stream).filter(({ type }) => type === 'AWS::Lambda::EventSourceMapping');
  return mappings.flatMap((mapping) => [mapping, ...graph.namedIn(mapping, mapping.properties['FunctionName'])]);
}
