import { callbackMachines } from '../relations/callbacks.ts';
import { callers } from '../relations/models.ts';
import { reach } from '../relations/reach.ts';
import { heldBy, type Rule } from '../rule.ts';

export const reviewReachable: Rule = {
  id: 'O1',
  pillar: 'oversight',
  promise: 'Each caller of a model can hand a case to a person.',
  why: 'People are decided on by a machine alone, and have nobody who could see their case and change it.',
  evidenceFor: 'AI Act Art. 14(1); GDPR Art. 22(3)',
  fix: 'review.grantOpenCase(caller): a state machine with a task of the form …waitForTaskToken',
  subjects: callers,
  judge(caller, graph) {
    const reached = reach(graph, caller);
    const reviews = callbackMachines(graph).filter((machine) => reached.has(machine));
    return heldBy(reviews, 'no state machine that waits for a person can be reached from it');
  },
};
