import { at, type Graph, list, type Resource } from '../model/graph.ts';

/** Where a resource says by which role it acts. */
const roleProperty: Readonly<Record<string, string>> = {
  'AWS::Lambda::Function': 'Role',
  'AWS::ECS::TaskDefinition': 'TaskRoleArn',
  'AWS::StepFunctions::StateMachine': 'RoleArn',
  'AWS::Glue::Job': 'Role',
};

/** A statement that allows, with the resource whose policy it is in. */
interface Statement {
  readonly owner: Resource;
  readonly value: unknown;
}

/** The kinds of resource that act by a role. */
export const actors = Object.keys(roleProperty);

/** What a resource may do these things to, by the policies of its role. @param actions such as `s3:PutObject` */
export function mayDo(graph: Graph, actor: Resource, ...actions: readonly string[]): Resource[] {
  const statements = statementsOf(graph, actor).filter((statement) => allows(statement, actions));
  return [...new Set(statements.flatMap(({ owner, value }) => graph.namedIn(owner, at(value, 'Resource'))))];
}

/** Whether a resource may do one of these things to anything at all, `*` included. */
export function mayAtAll(graph: Graph, actor: Resource, ...actions: readonly string[]): boolean {
  return statementsOf(graph, actor).some((statement) => allows(statement, actions));
}

function statementsOf(graph: Graph, actor: Resource): Statement[] {
  const property = roleProperty[actor.type];
  if (property === undefined) return [];
  const roles = graph.namedIn(actor, actor.properties[property]).filter(({ type }) => type === 'AWS::IAM::Role');
  return roles.flatMap((role) => {
    const inline = list(role.properties['Policies']).map((policy) => at(policy, 'PolicyDocument'));
    const attached = graph
      .naming(role)
      .filter(({ type }) => type === 'AWS::IAM::Policy' || type === 'AWS::IAM::ManagedPolicy')
      .flatMap((policy) => allowing(policy, policy.properties['PolicyDocument']));
    return [...inline.flatMap((document) => allowing(role, document)), ...attached];
  });
}

function allowing(owner: Resource, document: unknown): Statement[] {
  return list(at(document, 'Statement'))
    .filter((value) => at(value, 'Effect') === 'Allow')
    .map((value) => ({ owner, value }));
}

function allows({ value }: Statement, actions: readonly string[]): boolean {
  return list(at(value, 'Action')).some((granted) => actions.some((action) => covers(String(granted), action)));
}

/** Whether a granted action, which may hold wildcards, covers another. Names of actions have no case. */
function covers(granted: string, action: string): boolean {
  if (!/[*?]/.test(granted)) return granted.toLowerCase() === action.toLowerCase();
  const escaped = granted.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i').test(action);
}
