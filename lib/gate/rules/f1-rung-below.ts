import type { Graph, Resource } from '../model/graph.ts';
import { callers, environment, modelsAskedBy } from '../relations/models.ts';
import { mayDo } from '../relations/permissions.ts';
import { heldBy, type Rule } from '../rule.ts';

export const rungBelow: Rule = {
  id: 'F1',
  pillar: 'fallback',
  promise: 'Each caller of a model has another way to an answer that does not depend on that model.',
  why: 'When the model is down or slow, applicants get no answer, or one that nobody answers for.',
  evidenceFor: 'AI Act Art. 15(4)',
  fix: 'registry.grantRead(caller) with the artefact of a smaller model in its environment, or a second model or function to ask',
  subjects: callers,
  judge: (caller, graph) =>
    heldBy(
      otherWays(graph, caller),
      'it asks one model, and may read no model artefact and ask nothing else in its place',
    ),
};

/** Artefacts that it may read, and functions or models that it may ask, as far as its environment names them. */
function otherWays(graph: Graph, caller: Resource): Resource[] {
  const named = graph.namedIn(caller, environment(caller));
  const artefacts = mayDo(graph, caller, 's3:GetObject').filter((each) => named.includes(each));
  const asked = mayDo(graph, caller, 'lambda:InvokeFunction').filter((each) => modelsAskedBy(graph, each).length === 0);
  const [, ...others] = modelsAskedBy(graph, caller);
  return [...artefacts, ...asked, ...others.map(({ resource }) => resource)];
}
