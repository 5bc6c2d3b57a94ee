import { liveAlarms, metricNames } from '../relations/alarms.ts';
import { heldBy, type Rule } from '../rule.ts';

const waiting = ['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage'];

export const queueAlarms: Rule = {
  id: 'M4',
  pillar: 'monitoring',
  promise: 'Each queue has an alarm on what waits in it.',
  why: 'A message that nobody takes is a case that nobody decides; in a dead-letter queue it is lost when it expires.',
  evidenceFor: 'AI Act Art. 26(5)',
  fix: 'monitorByDefault(this, topic), or createAlarms(queue, topic, family, queueFamily(queue))',
  subjects: (graph) => graph.ofType('AWS::SQS::Queue'),
  judge(queue, graph) {
    const alarms = liveAlarms(graph, queue).filter((alarm) =>
      metricNames(alarm).some((name) => waiting.includes(name)),
    );
    return heldBy(alarms, 'no alarm with an action watches the number or the age of its messages');
  },
};
