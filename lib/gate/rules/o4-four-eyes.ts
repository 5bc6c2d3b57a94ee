import { callbackMachines, callbackTasks, followingWaits } from '../relations/callbacks.ts';
import { callers } from '../relations/models.ts';
import { reach } from '../relations/reach.ts';
import { heldBy, type Rule } from '../rule.ts';

export const fourEyes: Rule = {
  id: 'O4',
  pillar: 'oversight',
  promise: 'A review of decisions can ask for a second person.',
  why: 'One person alone, tired or pressed, decides on what matters most.',
  evidenceFor: 'AI Act Art. 14(4)(b), 14(5)',
  fix: 'after the first answer a Choice that leads to a wait for a second one where the amount asks for it',
  subjects(graph) {
    const reached = new Set(callers(graph).flatMap((caller) => [...reach(graph, caller)]));
    return callbackMachines(graph).filter((machine) => reached.has(machine));
  },
  judge(machine) {
    const followed = callbackTasks(machine).some((task) => followingWaits(machine, task).length > 0);
    return heldBy(followed ? [machine] : [], 'no wait for a person is followed by a wait for a second one');
  },
};
