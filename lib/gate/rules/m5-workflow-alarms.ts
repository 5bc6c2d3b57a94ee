import { liveAlarms } from '../relations/alarms.ts';
import { heldBy, type Rule } from '../rule.ts';

export const workflowAlarms: Rule = {
  id: 'M5',
  pillar: 'monitoring',
  promise: 'Each workflow, and so each wait for a person, has an alarm on its failure.',
  why: 'A review that failed looks like one that is still waiting, until the applicant asks.',
  evidenceFor: 'AI Act Art. 14(1), 26(5)',
  fix: 'monitorByDefault(this, topic), or createAlarms(machine, topic, family, workflowFamily(machine))',
  subjects: (graph) => graph.ofType('AWS::StepFunctions::StateMachine'),
  judge: (machine, graph) => heldBy(liveAlarms(graph, machine), 'no alarm with an action watches its executions'),
};
