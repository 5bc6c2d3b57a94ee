import { at, type Resource } from '../model/graph.ts';

/** Whether a resource is a bucket whose objects can be locked. */
export function isLocked({ type, properties }: Resource): boolean {
  return type === 'AWS::S3::Bucket' && properties['ObjectLockEnabled'] === true;
}

/** Days for which a bucket locks what is put into it; 0 without a default retention. */
export function lockDays({ properties }: Resource): number {
  const retention = at(properties, 'ObjectLockConfiguration', 'Rule', 'DefaultRetention');
  return Number(at(retention, 'Days') ?? 0) + 365 * Number(at(retention, 'Years') ?? 0);
}

/** `COMPLIANCE`: nobody can lift the lock before its time. `GOVERNANCE`: whoever has a special right can. */
export function lockMode({ properties }: Resource): unknown {
  return at(properties, 'ObjectLockConfiguration', 'Rule', 'DefaultRetention', 'Mode');
}
