import { PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { Decision } from '../decision/decision.ts';
import type { Deadline } from '../resilience/deadline.ts';

/** The place of a decision's record in the audit bucket: it follows from the decision alone. */
export function auditKey({ decidedAt, applicationId }: Decision): string {
  return `decisions/${decidedAt.slice(0, 10)}/${applicationId}.json`;
}

/**
 * Writes a decision's record to the audit bucket, whose Object Lock keeps it.
 *
 * A record that is already there stays: the key and the content follow from the decision that holds, so a
 * redelivery has nothing to add, and one object tells of one decision.
 */
export async function writeAuditRecord(
  s3: S3Client,
  bucket: string,
  decision: Decision,
  { signal }: Deadline,
): Promise<void> {
  try {
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: auditKey(decision),
        Body: JSON.stringify(decision),
        ContentType: 'application/json',
        IfNoneMatch: '*',
        ChecksumAlgorithm: 'SHA256',
      }),
      { abortSignal: signal },
    );
  } catch (error) {
    const already = error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412;
    if (!already) throw error;
  }
}
