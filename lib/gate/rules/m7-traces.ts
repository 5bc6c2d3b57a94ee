import { at, type Graph, type Resource } from '../model/graph.ts';
import { callers } from '../relations/models.ts';
import { reach } from '../relations/reach.ts';
import { heldBy, type Rule } from '../rule.ts';

export const traces: Rule = {
  id: 'M7',
  pillar: 'monitoring',
  promise: 'Whatever takes part in a decision is traced.',
  why: 'Without a trace nobody can say where a decision that came late, or not at all, was held up.',
  evidenceFor: 'AI Act Art. 12(2), 26(5)',
  fix: 'new Function(this, id, { tracing: Tracing.ACTIVE, ... })',
  subjects: (graph) => onTheWay(graph),
  judge: (subject) => heldBy(traced(subject) ? [subject] : [], 'its tracing is not on'),
};

/** The callers of models, what they set off, and the functions that feed them: all that a template can switch on. */
function onTheWay(graph: Graph): Resource[] {
  const decisions = new Set(callers(graph).flatMap((caller) => [...reach(graph, caller)]));
  return graph
    .ofType('AWS::Lambda::Function', 'AWS::StepFunctions::StateMachine')
    .filter((each) => decisions.has(each) || [...reach(graph, each)].some((next) => decisions.has(next)));
}

function traced({ type, properties }: Resource): boolean {
  return type === 'AWS::Lambda::Function'
    ? at(properties, 'TracingConfig', 'Mode') === 'Active'
    : at(properties, 'TracingConfiguration', 'Enabled') === true;
}
