import { callbackMachines, callbackTasks, type State } from '../relations/callbacks.ts';
import { heldBy, type Rule } from '../rule.ts';

export const boundedWait: Rule = {
  id: 'O2',
  pillar: 'oversight',
  promise: 'Each wait for a person has a heartbeat and a timeout.',
  why: 'A case that nobody answers waits for ever, and so does its applicant.',
  evidenceFor: 'AI Act Art. 14(1), 26(2)',
  fix: 'new LambdaInvoke(this, id, { heartbeatTimeout: Timeout.duration(...), taskTimeout: Timeout.duration(...), ... })',
  subjects: callbackMachines,
  judge(machine) {
    const endless = callbackTasks(machine).filter((task) => !bounded(task));
    const names = endless.map(({ name }) => name).join(', ');
    return heldBy(endless.length === 0 ? [machine] : [], `a wait without a heartbeat or a timeout: ${names}`);
  },
};

function bounded({ value }: State): boolean {
  const has = (property: string) => value[property] !== undefined || value[`${property}Path`] !== undefined;
  return has('HeartbeatSeconds') && has('TimeoutSeconds');
}
