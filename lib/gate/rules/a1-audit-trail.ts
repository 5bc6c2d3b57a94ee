import { isLocked } from '../relations/locks.ts';
import { callers } from '../relations/models.ts';
import { reach } from '../relations/reach.ts';
import { heldBy, type Rule } from '../rule.ts';

export const auditTrail: Rule = {
  id: 'A1',
  pillar: 'accountability',
  promise: 'Each caller of a model writes to a record that nobody can change.',
  why: 'Nobody can show afterwards what was decided about a person, by what, and that it was not altered.',
  evidenceFor: 'AI Act Art. 12(1), 26(6); GDPR Art. 5(2)',
  fix: 'auditTrail.grantAppend(caller): a bucket with Object Lock, written to directly or by a queue',
  subjects: callers,
  judge: (caller, graph) =>
    heldBy([...reach(graph, caller)].filter(isLocked), 'no bucket with Object Lock can be written to from it'),
};
