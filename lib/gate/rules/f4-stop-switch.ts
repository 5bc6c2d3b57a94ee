import type { Graph, Resource } from '../model/graph.ts';
import { callers } from '../relations/models.ts';
import { actors, mayDo } from '../relations/permissions.ts';
import { heldBy, type Rule } from '../rule.ts';

const settings = ['AWS::AppConfig::', 'AWS::SSM::Parameter'];

export const stopSwitch: Rule = {
  id: 'F4',
  pillar: 'fallback',
  promise: 'Each caller of a model reads a switch by which a person can stop it without a deployment.',
  why: 'A model that is found to harm goes on deciding until somebody has built and deployed a change.',
  evidenceFor: 'AI Act Art. 14(4)(e), 26(5)',
  fix: 'mode.grantReadConfig(caller): an AppConfig profile with the modes normal, degraded, manual and stop',
  subjects: callers,
  judge(caller, graph) {
    const read = mayDo(graph, caller, 'appconfig:GetLatestConfiguration', 'ssm:GetParameter');
    const switches = read.filter(({ type }) => settings.some((prefix) => type.startsWith(prefix)));
    return heldBy(
      [...switches, ...handsOn(switches, graph)],
      'it may read no configuration (AppConfig or a parameter) that could stop it',
    );
  },
};

/** What can set a switch for a person: where there is none, people do it with rights of their own. */
function handsOn(switches: readonly Resource[], graph: Graph): Resource[] {
  return graph
    .ofType(...actors)
    .filter((actor) =>
      mayDo(graph, actor, 'appconfig:StartDeployment', 'ssm:PutParameter').some((set) => switches.includes(set)),
    );
}
