import type { Resource } from '../model/graph.ts';
import { isLocked, lockDays, lockMode } from '../relations/locks.ts';
import { heldBy, type Rule } from '../rule.ts';

const sixMonths = 184;

export const lockRetention: Rule = {
  id: 'A2',
  pillar: 'accountability',
  promise: 'A record that nobody can change stays so for six months at least.',
  why: 'Somebody contests a decision, and the record of it has been changed or is gone.',
  evidenceFor: 'AI Act Art. 19(1), 26(6)',
  fix: 'objectLockDefaultRetention: ObjectLockRetention.compliance(Duration.days(185))',
  subjects: (graph) => graph.ofType('AWS::S3::Bucket').filter(isLocked),
  judge: (bucket) =>
    heldBy(
      lasts(bucket) ? [bucket] : [],
      `its lock is ${lockMode(bucket) ?? 'on nothing by default'}, for ${lockDays(bucket)} days`,
    ),
};

/** In GOVERNANCE mode whoever has a special right can lift the lock. */
function lasts(bucket: Resource): boolean {
  return lockMode(bucket) === 'COMPLIANCE' && lockDays(bucket) >= sixMonths;
}
