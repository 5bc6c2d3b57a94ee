import { at, list } from '../model/graph.ts';
import { models } from '../relations/models.ts';
import { heldBy, type Rule } from '../rule.ts';

export const rollBack: Rule = {
  id: 'F5',
  pillar: 'fallback',
  promise: 'A deployment of a model service is rolled back by an alarm.',
  why: 'A new version that is healthy and wrong, or slow, is kept, and decides.',
  evidenceFor: 'AI Act Art. 15(4)',
  fix: 'new FargateService(this, id, { deploymentAlarms: { alarmNames: [name], behavior: AlarmBehavior.ROLLBACK_ON_ALARM }, ... })',
  subjects: (graph) => models(graph).map(({ resource }) => resource),
  judge({ type, properties, ...rest }) {
    const alarms =
      type === 'AWS::ECS::Service'
        ? list(at(properties, 'DeploymentConfiguration', 'Alarms', 'AlarmNames'))
        : list(at(properties, 'DeploymentConfig', 'AutoRollbackConfiguration', 'Alarms'));
    const kept = alarms.length > 0 && at(properties, 'DeploymentConfiguration', 'Alarms', 'Rollback') !== false;
    return heldBy(kept ? [{ type, properties, ...rest }] : [], 'its deployment names no alarm that rolls it back');
  },
};
