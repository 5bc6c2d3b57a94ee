import type { Graph, Resource } from '../model/graph.ts';
import { callbackTasks } from '../relations/callbacks.ts';
import { promoters } from '../relations/registries.ts';
import { heldBy, type Rule } from '../rule.ts';

export const promotionByPerson: Rule = {
  id: 'O6',
  pillar: 'oversight',
  promise: 'Whatever may change the model that is served works in a workflow that waits for a person.',
  why: 'A model nobody has looked at decides about people as soon as its training has ended.',
  evidenceFor: 'AI Act Art. 14(1), 26(1)',
  fix: 'write to the registry from a step of a state machine, after a task of the form …waitForTaskToken',
  subjects: promoters,
  judge: (promoter, graph) =>
    heldBy(
      workflows(graph, promoter),
      'it may write to a model registry, and no state machine with a wait for a person runs it',
    ),
};

function workflows(graph: Graph, promoter: Resource): Resource[] {
  const machines = graph.naming(promoter).filter(({ type }) => type === 'AWS::StepFunctions::StateMachine');
  const itself = promoter.type === 'AWS::StepFunctions::StateMachine' ? [promoter] : [];
  return [...machines, ...itself].filter((machine) => callbackTasks(machine).length > 0);
}
