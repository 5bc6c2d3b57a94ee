import { at, type Graph, type Resource } from '../model/graph.ts';
import { heldBy, type Rule } from '../rule.ts';

export const failureDestination: Rule = {
  id: 'F3',
  pillar: 'fallback',
  promise: 'Whatever reads a stream or a queue has a place for what fails.',
  why: 'A record that can never be processed blocks all behind it, or is dropped without a trace.',
  evidenceFor: 'AI Act Art. 15(4)',
  fix: 'new KinesisEventSource(stream, { onFailure: new S3OnFailureDestination(bucket), ... }); new Queue(this, id, { deadLetterQueue })',
  subjects: (graph) => graph.ofType('AWS::Lambda::EventSourceMapping', 'AWS::Pipes::Pipe'),
  judge: (mapping, graph) =>
    heldBy(destinations(graph, mapping), 'it has no failure destination, and its source no dead-letter queue'),
};

function destinations(graph: Graph, mapping: Resource): Resource[] {
  const { properties } = mapping;
  const sources = graph.namedIn(mapping, [properties['EventSourceArn'], properties['Source']]);
  return [
    ...graph.namedIn(mapping, at(properties, 'DestinationConfig', 'OnFailure')),
    ...graph.namedIn(mapping, at(properties, 'SourceParameters', 'KinesisStreamParameters', 'DeadLetterConfig')),
    ...sources.flatMap((source) => graph.namedIn(source, source.properties['RedrivePolicy'] ?? {})),
  ];
}
