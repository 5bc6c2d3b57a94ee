import { callers, environment, variableNames } from '../relations/models.ts';
import { mayDo } from '../relations/permissions.ts';
import { heldBy, type Rule } from '../rule.ts';

export const breakerStore: Rule = {
  id: 'F2',
  pillar: 'fallback',
  promise: 'Each caller of a model shares the state of its circuit breaker.',
  why: 'Without a shared breaker every concurrent caller has to find out by itself that the model is down, and keeps it down.',
  evidenceFor: 'AI Act Art. 15(4)',
  fix: 'environment: { BREAKER_TABLE: table.tableName } with grants to read and update it',
  subjects: callers,
  judge(caller, graph) {
    const named = graph.namedIn(caller, environment(caller));
    const stores = mayDo(graph, caller, 'dynamodb:UpdateItem').filter((each) => named.includes(each));
    const says = variableNames(caller).some((name) => /BREAKER|CIRCUIT/i.test(name));
    return heldBy(says ? stores : [], 'no variable names a store of its circuit breaker (BREAKER…) that it may update');
  },
};
