import { at, type Graph, list, type Resource } from '../model/graph.ts';

/** A state of a state machine, with its name. */
export interface State {
  readonly name: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** State machines with a task that waits for somebody's answer. */
export function callbackMachines(graph: Graph): Resource[] {
  return graph.ofType('AWS::StepFunctions::StateMachine').filter((machine) => callbackTasks(machine).length > 0);
}

/** The tasks of a state machine that wait for a token to come back. */
export function callbackTasks(machine: Resource): State[] {
  return statesOf(machine).filter(({ value }) => String(value['Resource'] ?? '').endsWith('.waitForTaskToken'));
}

/** The states to which a task's timeout leads. */
export function afterTimeout(machine: Resource, { value }: State): State[] {
  const names = list(value['Catch'])
    .filter((each) => list(at(each, 'ErrorEquals')).some((error) => timeouts.includes(String(error))))
    .map((each) => at(each, 'Next'));
  return statesOf(machine).filter(({ name }) => names.includes(name));
}

/** The waits for a person that can follow a task's answer, the task itself included; what a failure leads to is none. */
export function followingWaits(machine: Resource, task: State): State[] {
  const states = new Map(statesOf(machine).map((state) => [state.name, state]));
  const visited = new Set(nextNames(task));
  for (const name of visited) for (const next of nextNames(states.get(name))) visited.add(next);
  return callbackTasks(machine).filter(({ name }) => visited.has(name));
}

/** All states of a state machine, those inside of maps and branches included. */
export function statesOf(machine: Resource): State[] {
  return statesIn(definitionOf(machine));
}

function nextNames(state: State | undefined): string[] {
  const choices = list(state?.value['Choices']).map((choice) => at(choice, 'Next'));
  return [state?.value['Next'], state?.value['Default'], ...choices].filter((name) => typeof name === 'string');
}

const timeouts = ['States.Timeout', 'States.HeartbeatTimeout', 'States.ALL'];

function statesIn(definition: unknown): State[] {
  const states = Object.entries((at(definition, 'States') ?? {}) as Readonly<Record<string, State['value']>>);
  return states.flatMap(([name, value]) => [
    { name, value },
    ...[value['ItemProcessor'], value['Iterator'], ...list(value['Branches'])].flatMap(statesIn),
  ]);
}

/** The definition as it will be, with a placeholder for what is known only at deployment. */
function definitionOf({ properties }: Resource): unknown {
  if (properties['Definition'] !== undefined) return properties['Definition'];
  try {
    return JSON.parse(flatten(properties['DefinitionString']));
  } catch {
    // One that is in S3, or made by a function of the template, can't be read here.
    return {};
  }
}

function flatten(value: unknown): string {
  if (typeof value === 'string') return value;
  const join = list(at(value, 'Fn::Join'));
  if (join.length === 2) return list(join[1]).map(flatten).join(String(join[0]));
  const [text] = list(at(value, 'Fn::Sub'));
  return typeof text === 'string' ? text : '-';
}
