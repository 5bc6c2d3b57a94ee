/** Who a caller is to AWS, of `GetCallerIdentity`. */
interface Identity {
  readonly Arn?: string | undefined;
  readonly UserId?: string | undefined;
}

/**
 * Who the audit trail names: the role, or the user's unique id. The name of a session or of a user may be a person's;
 * CloudTrail has it, by the time of the invocation.
 */
export function actorOf({ Arn = '', UserId = '' }: Identity): string {
  const role = /:assumed-role\/([^/]+)\//.exec(Arn)?.[1];
  if (role !== undefined) return `role/${role}`;
  return `user/${UserId.split(':')[0]}`;
}
