import { heldBy, type Rule } from '../rule.ts';

export const logRetention: Rule = {
  id: 'A4',
  pillar: 'accountability',
  promise: 'Each log is deleted after a stated time.',
  why: 'What is kept for ever is kept without a purpose, and leaks in the end.',
  evidenceFor: 'GDPR Art. 5(1)(e)',
  fix: 'new LogGroup(this, id, { retention: RetentionDays.THREE_MONTHS, ... })',
  subjects: (graph) => graph.ofType('AWS::Logs::LogGroup'),
  judge: (group) => heldBy(group.properties['RetentionInDays'] === undefined ? [] : [group], 'it never expires'),
};
