import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { kmsVerifier } from '../../lambdas/patterns/audit/log/kms-key.ts';
import { positionTable } from '../../lambdas/patterns/audit/log/position-table.ts';
import { bucketSource } from '../../lambdas/patterns/audit/verify/bucket-source.ts';
import type { Trail } from '../../lambdas/patterns/audit/verify/proven.ts';

const { signal } = new AbortController();

/** Outputs of a stack, by name. @throws Error that names the output that is missing */
export async function outputsOf<Name extends string>(
  stack: string,
  names: readonly Name[],
): Promise<Readonly<Record<Name, string>>> {
  const { Stacks } = await new CloudFormationClient().send(new DescribeStacksCommand({ StackName: stack }));
  const found = new Map(Stacks?.[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const missing = names.filter((name) => !found.get(name));
  if (missing.length > 0) throw new Error(`the stack ${stack} has no output ${missing.join(', ')}: deploy it anew`);
  return Object.fromEntries(names.map((name) => [name, found.get(name)])) as Record<Name, string>;
}

/** Finds the trail by the outputs of its stack, with the credentials and the region of the environment. */
export async function deployedTrail(): Promise<Trail> {
  const outputs = await outputsOf('SeaworthyFoundation', [
    'AuditBucketName',
    'AuditLedgerName',
    'AuditSubjectKeysName',
    'AuditWrappingKeyId',
    'AuditSigningKeyId',
    'AuditOrigin',
  ]);
  const [dynamo, kms] = [new DynamoDBClient(), new KMSClient()];
  // A custom endpoint is reached by path: names of buckets are not names of hosts there.
  const s3 = new S3Client({ forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
  return {
    source: bucketSource(s3, outputs.AuditBucketName, signal),
    verifier: await kmsVerifier(kms, outputs.AuditSigningKeyId, outputs.AuditOrigin, signal),
    positions: positionTable(dynamo, outputs.AuditLedgerName, signal),
    subjectKeys: {
      dynamo,
      kms,
      table: outputs.AuditSubjectKeysName,
      wrappingKeyId: outputs.AuditWrappingKeyId,
      signal,
    },
  };
}
