import { at, type Graph, list, type Resource } from '../model/graph.ts';
import { actors, mayDo } from './permissions.ts';

/** What makes something happen elsewhere, or leaves something there. */
const effects = [
  'states:StartExecution',
  'states:StartSyncExecution',
  'sqs:SendMessage',
  'lambda:InvokeFunction',
  'events:PutEvents',
  'sns:Publish',
  'kinesis:PutRecord',
  'kinesis:PutRecords',
  'ecs:RunTask',
  's3:PutObject',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
];

/**
 * All that a resource can bring about, itself included: what it may write to, start or send to, what is set off by
 * that (event source mappings, rules, subscriptions, pipes, steps of state machines), and so on.
 */
export function reach(graph: Graph, from: Resource): ReadonlySet<Resource> {
  const reached = new Set([from]);
  // A set visits what is added to it on the way.
  for (const each of reached) for (const next of nextOf(graph, each)) reached.add(next);
  return reached;
}

function nextOf(graph: Graph, resource: Resource): Resource[] {
  const acting = actors.includes(resource.type) ? mayDo(graph, resource, ...effects) : [];
  const steps = resource.type === 'AWS::StepFunctions::StateMachine' ? graph.namedBy(resource) : [];
  return [...acting, ...steps.filter(runs), ...graph.naming(resource).flatMap((each) => setOff(graph, each, resource))];
}

function runs({ type }: Resource): boolean {
  return actors.includes(type);
}

/** What a resource that connects two others sets off, when it is connected to this source. */
function setOff(graph: Graph, connection: Resource, source: Resource): readonly Resource[] {
  const { properties } = connection;
  switch (connection.type) {
    case 'AWS::Lambda::EventSourceMapping':
      return between(graph, connection, source, properties['EventSourceArn'], properties['FunctionName']);
    case 'AWS::Pipes::Pipe':
      return between(graph, connection, source, properties['Source'], properties['Target']);
    case 'AWS::SNS::Subscription':
      return between(graph, connection, source, properties['TopicArn'], properties['Endpoint']);
    case 'AWS::Events::Rule': {
      const from = [properties['EventPattern'], properties['EventBusName']];
      return between(
        graph,
        connection,
        source,
        from,
        list(properties['Targets']).map((target) => at(target, 'Arn')),
      );
    }
    default:
      return [];
  }
}

function between(
  graph: Graph,
  connection: Resource,
  source: Resource,
  from: unknown,
  to: unknown,
): readonly Resource[] {
  return graph.namedIn(connection, from).includes(source) ? graph.namedIn(connection, to) : [];
}
