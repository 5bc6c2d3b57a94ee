import { at, type Graph, list, type Resource } from '../model/graph.ts';
import { actors, mayAtAll, mayDo } from './permissions.ts';

/** A model that is served: the resource that runs it, and the addresses that stand for it. */
export interface Model {
  readonly resource: Resource;
  readonly addresses: ReadonlySet<Resource>;
}

const hosts = ['AWS::Lambda::Function', 'AWS::ECS::TaskDefinition'];
const invoking = ['sagemaker:InvokeEndpoint', 'sagemaker:InvokeEndpointAsync'];
const foundation = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'];

/**
 * The models that an app serves: endpoints of SageMaker, and services of ECS with a container that is named so
 * (`model`, `inference`, `predictor`, `scorer`).
 */
export function models(graph: Graph): Model[] {
  const services = graph.ofType('AWS::ECS::Service').filter((service) => runsModel(graph, service));
  return [
    ...graph.ofType('AWS::SageMaker::Endpoint').map((resource) => ({ resource, addresses: new Set([resource]) })),
    ...services.map((resource) => ({ resource, addresses: addressesOf(graph, resource) })),
  ];
}

/** What asks a model: its environment holds an address of it, or its role may invoke one. */
export function callers(graph: Graph): Resource[] {
  return graph
    .ofType(...hosts)
    .filter((host) => modelsAskedBy(graph, host).length > 0 || mayAtAll(graph, host, ...foundation));
}

/** The models of the app that a function or task asks. */
export function modelsAskedBy(graph: Graph, host: Resource): Model[] {
  const known = [...graph.namedIn(host, environment(host)), ...mayDo(graph, host, ...invoking)];
  return models(graph).filter(
    ({ resource, addresses }) => !runs(graph, resource, host) && known.some((each) => addresses.has(each)),
  );
}

/** The variables of a function, or of all containers of a task. */
export function environment({ type, properties }: Resource): unknown {
  if (type === 'AWS::Lambda::Function') return at(properties, 'Environment', 'Variables');
  return list(properties['ContainerDefinitions']).map((container) => at(container, 'Environment'));
}

/** Names of the variables of a function, or of all containers of a task. */
export function variableNames(host: Resource): string[] {
  const variables = environment(host);
  if (!Array.isArray(variables)) return Object.keys((variables as object | undefined) ?? {});
  return variables.flatMap(list).map((variable) => String(at(variable, 'Name')));
}

/** What acts by the role of a model service: its tasks. */
export function tasksOf(graph: Graph, { resource }: Model): Resource[] {
  return graph.namedIn(resource, resource.properties['TaskDefinition']).filter(({ type }) => actors.includes(type));
}

function runsModel(graph: Graph, service: Resource): boolean {
  const tasks = graph.namedIn(service, service.properties['TaskDefinition']);
  const containers = tasks.flatMap(({ properties }) => list(properties['ContainerDefinitions']));
  return containers.some((container) => /model|inference|predictor|scorer/i.test(String(at(container, 'Name'))));
}

function runs(graph: Graph, service: Resource, task: Resource): boolean {
  return graph.namedIn(service, service.properties['TaskDefinition']).includes(task);
}

/** The service, its target groups, and the load balancers whose listeners lead there. */
function addressesOf(graph: Graph, service: Resource): ReadonlySet<Resource> {
  const groups = graph.namedIn(service, service.properties['LoadBalancers']).filter(isTargetGroup);
  const listeners = groups
    .flatMap((group) => graph.naming(group))
    .filter(({ type }) => type.startsWith('AWS::ElasticLoadBalancingV2::Listener'));
  const balancers = listeners
    .flatMap((listener) => graph.namedBy(listener))
    .filter(({ type }) => type === 'AWS::ElasticLoadBalancingV2::LoadBalancer');
  const registries = graph.namedIn(service, service.properties['ServiceRegistries']);
  return new Set([service, ...groups, ...listeners, ...balancers, ...registries]);
}

function isTargetGroup({ type }: Resource): boolean {
  return type === 'AWS::ElasticLoadBalancingV2::TargetGroup';
}
