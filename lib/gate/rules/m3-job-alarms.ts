import { liveAlarms } from '../relations/alarms.ts';
import { heldBy, type Rule } from '../rule.ts';

export const jobAlarms: Rule = {
  id: 'M3',
  pillar: 'monitoring',
  promise: 'Each batch job has an alarm on its failure.',
  why: 'A model is trained on, and decisions are made from, data that silently grew old.',
  evidenceFor: 'AI Act Art. 10(3), 26(5)',
  fix: "createAlarms(this, topic, 'batch', { jobFailed: { metric: job.metricFailure(), threshold: 1, ... } })",
  subjects: (graph) => graph.ofType('AWS::Glue::Job', 'AWS::Batch::JobQueue'),
  judge: (job, graph) => heldBy(liveAlarms(graph, job), 'no alarm with an action watches it, or an event rule on it'),
};
