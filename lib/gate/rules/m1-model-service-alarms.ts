import { liveAlarms } from '../relations/alarms.ts';
import { models } from '../relations/models.ts';
import { heldBy, type Rule } from '../rule.ts';

export const modelServiceAlarms: Rule = {
  id: 'M1',
  pillar: 'monitoring',
  promise: 'Each model service has an alarm that reaches somebody.',
  why: 'A model that fails or slows down decides about people, or keeps them waiting, and nobody knows.',
  evidenceFor: 'AI Act Art. 26(5), 72(1)',
  fix: "createAlarms(this, topic, 'model-service', { noTasks: { metric: targetGroup.metrics.healthyHostCount(), ... } })",
  subjects: (graph) => models(graph).map(({ resource }) => resource),
  judge(service, graph) {
    const addresses = models(graph).find(({ resource }) => resource === service)?.addresses ?? [];
    const alarms = [...addresses].flatMap((address) => liveAlarms(graph, address));
    return heldBy(alarms, 'no alarm with an action watches the service, its target group or its load balancer');
  },
};
