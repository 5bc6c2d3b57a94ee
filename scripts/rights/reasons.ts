/** Why a role has a right that nothing makes use of on the embedded cloud. */
export interface Reason {
  /** The actions, as policies have them. */
  readonly actions: RegExp;
  /** The beginnings of the names of the roles; without it, any. */
  readonly roles?: RegExp;
  readonly reason: string;
}

/** Grants that may stay unused by the end-to-end tests. One that the tests use makes its reason superfluous. */
export const reasons: readonly Reason[] = [
  { actions: /^xray:/, reason: 'the embedded cloud keeps no traces' },
  { actions: /^ec2:/, reason: 'functions are in no network there' },
  { actions: /^elasticloadbalancing:/, reason: 'deployments are rolled there, not shifted between groups' },
  {
    actions: /^logs:(\w+LogDeliver(y|ies)|DescribeLogGroups|DescribeResourcePolicies|PutResourcePolicy)$/,
    reason: 'Step Functions delivers its logs there without asking',
  },
  {
    actions: /^kinesis:(DescribeStreamConsumer|ListStreams|SubscribeToShard)$/,
    reason: "the CDK's own event source grants them, for consumers with a fan-out of their own",
  },
  {
    actions: /^kms:(Encrypt|ReEncryptFrom|ReEncryptTo|GenerateDataKey|DescribeKey)$/,
    reason: 'AWS asks for them of who writes to a table under a customer key; there Decrypt alone is asked for',
  },
];
