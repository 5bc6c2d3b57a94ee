import type { Graph, Resource } from '../model/graph.ts';
import { models, tasksOf } from './models.ts';
import { actors, mayDo } from './permissions.ts';

/** The buckets from which the app's model services read their models. */
export function registries(graph: Graph): ReadonlySet<Resource> {
  const fromTasks = models(graph)
    .flatMap((model) => tasksOf(graph, model))
    .flatMap((task) => mayDo(graph, task, 's3:GetObject'));
  const fromEndpoints = graph.ofType('AWS::SageMaker::Model').flatMap((model) => graph.namedBy(model));
  return new Set([...fromTasks, ...fromEndpoints].filter(({ type }) => type === 'AWS::S3::Bucket'));
}

/** What may change which model is served: it may write to a registry. */
export function promoters(graph: Graph): Resource[] {
  const served = registries(graph);
  return graph
    .ofType(...actors)
    .filter((actor) => mayDo(graph, actor, 's3:PutObject').some((each) => served.has(each)));
}
