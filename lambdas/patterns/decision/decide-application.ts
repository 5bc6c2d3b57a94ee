import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { writeAuditRecord } from '../audit/audit.ts';
import { featuresOf, featuresVersion } from '../features/features.ts';
import type { ModelClient } from '../model-client/model-client.ts';
import type { Pseudonymiser } from '../pseudonym/pseudonym.ts';
import type { Received } from '../record/record.ts';
import { type Decision, type DecisionPolicy, decide, explainAbove } from './decision.ts';
import { recordOnce } from './store.ts';

export interface DecideOptions {
  readonly dynamo: DynamoDBClient;
  readonly s3: S3Client;
  readonly decisionsTable: string;
  readonly auditBucket: string;
  readonly policy: DecisionPolicy;
  readonly askModel: ModelClient;
  readonly pseudonym: Pseudonymiser;
  now(): Date;
}

/**
 * Decides one application and makes the decision accountable: first in the table, then in the audit log.
 *
 * It may run any number of times for one application. If it is cut off between the two writes, the redelivery finds
 * the decision that holds and writes the record that is missing.
 *
 * @param withinMs time for the model's answer
 * @returns the decision that holds
 */
export async function decideApplication(
  { application, receivedAt }: Received,
  withinMs: number,
  options: DecideOptions,
): Promise<Decision> {
  const features = featuresOf(application);
  const score = await options.askModel({ features, explainAbove: explainAbove(options.policy), withinMs });
  const decision: Decision = {
    schemaVersion: 1,
    applicationId: application.applicationId,
    ...decide(score, options.policy),
    subject: { applicant: options.pseudonym(application.applicantName) },
    features,
    featuresVersion,
    submittedAt: application.submittedAt,
    receivedAt,
    decidedAt: options.now().toISOString(),
  };
  const holds = await recordOnce(options.dynamo, options.decisionsTable, decision);
  await writeAuditRecord(options.s3, options.auditBucket, holds);
  return holds;
}
