import type { Graph, Resource } from '../model/graph.ts';
import { actors, mayAtAll, mayDo } from '../relations/permissions.ts';
import { registries } from '../relations/registries.ts';
import { heldBy, type Rule } from '../rule.ts';

const training = [
  'sagemaker:CreateTrainingJob',
  'sagemaker:UpdateEndpoint',
  'glue:StartJobRun',
  'ecs:RunTask',
  'ecs:UpdateService',
];

export const separationOfDuties: Rule = {
  id: 'O5',
  pillar: 'oversight',
  promise: 'What carries the answers of reviewers can neither train nor promote a model.',
  why: 'Who can change the model can make it agree with them, and then nobody oversees it.',
  evidenceFor: 'AI Act Art. 14(4), 26(2)',
  fix: 'give the review its own role, with states:SendTaskSuccess and nothing of training or the registry',
  subjects: (graph) => graph.ofType(...actors).filter((actor) => mayAtAll(graph, actor, 'states:SendTaskSuccess')),
  judge(actor, graph) {
    const excess = excessOf(graph, actor);
    return heldBy(excess.length === 0 ? [actor] : [], `it answers for reviewers and may also ${excess.join(', ')}`);
  },
};

function excessOf(graph: Graph, actor: Resource): string[] {
  const served = registries(graph);
  const writes = mayDo(graph, actor, 's3:PutObject').filter((bucket) => served.has(bucket));
  return [
    ...training.filter((action) => mayAtAll(graph, actor, action)),
    ...writes.map(({ path }) => `write to the registry ${path}`),
  ];
}
