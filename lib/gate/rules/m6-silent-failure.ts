import type { Graph, Resource } from '../model/graph.ts';
import { silenceAlarms } from '../relations/alarms.ts';
import { models } from '../relations/models.ts';
import { heldBy, type Rule } from '../rule.ts';

export const silentFailure: Rule = {
  id: 'M6',
  pillar: 'monitoring',
  promise: 'Each stream, job and model service has an alarm that rings when nothing is heard.',
  why: 'What stops without an error shows in no alarm on errors: nobody is decided on, and all is green.',
  evidenceFor: 'AI Act Art. 15(4), 26(5)',
  fix: 'createAlarms(this, topic, family, { silence: { metric, comparison: LESS_THAN_THRESHOLD, ringsWhenMissing: true, ... } })',
  subjects: (graph) => [
    ...graph.ofType('AWS::Kinesis::Stream', 'AWS::MSK::Cluster', 'AWS::MSK::ServerlessCluster', 'AWS::Glue::Job'),
    ...models(graph).map(({ resource }) => resource),
  ],
  judge(subject, graph) {
    const alarms = [subject, ...addresses(graph, subject)].flatMap((each) => silenceAlarms(graph, each));
    return heldBy(alarms, 'no alarm with an action treats missing data as breaching');
  },
};

function addresses(graph: Graph, subject: Resource): readonly Resource[] {
  return [...(models(graph).find(({ resource }) => resource === subject)?.addresses ?? [])];
}
