import type { Resource } from '../model/graph.ts';
import { afterTimeout, callbackMachines, callbackTasks, type State } from '../relations/callbacks.ts';
import { heldBy, type Rule } from '../rule.ts';

export const escalation: Rule = {
  id: 'O3',
  pillar: 'oversight',
  promise: 'Each wait for a person that runs out leads on to somebody or something else.',
  why: 'A reviewer who is ill, or a team that is swamped, ends in failed executions instead of decisions.',
  evidenceFor: 'AI Act Art. 14(1), 26(2)',
  fix: "task.addCatch(escalate, { errors: ['States.HeartbeatTimeout', 'States.Timeout'] })",
  subjects: callbackMachines,
  judge(machine) {
    const stuck = callbackTasks(machine).filter((task) => !escalates(machine, task));
    const names = stuck.map(({ name }) => name).join(', ');
    return heldBy(stuck.length === 0 ? [machine] : [], `${names} catches no timeout, or only to fail`);
  },
};

function escalates(machine: Resource, task: State): boolean {
  return afterTimeout(machine, task).some(({ value }) => value['Type'] !== 'Fail');
}
