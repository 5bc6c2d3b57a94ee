import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AuditWriter } from '../audit/append.ts';
import { decisionEntry } from '../audit/entry.ts';
import { featuresOf, featuresVersion } from '../features/features.ts';
import type { ModelClient } from '../model-client/model-client.ts';
import type { Pseudonymiser } from '../pseudonym/pseudonym.ts';
import type { Received } from '../record/record.ts';
import { type Deadline, OutOfTime } from '../resilience/deadline.ts';
import type { OpenCase } from '../review/open-case.ts';
import { type Decision, type DecisionPolicy, decide, explainAbove } from './decision.ts';
import { type Recorded, recordOnce } from './store.ts';

export interface DecideOptions {
  readonly dynamo: DynamoDBClient;
  readonly decisionsTable: string;
  /** Returns when the entry is durable; it comes into the log seconds later. */
  readonly appendEntry: AuditWriter;
  readonly policy: DecisionPolicy;
  readonly askModel: ModelClient;
  readonly pseudonym: Pseudonymiser;
  /** Takes the decision to people where a rule asks for it. */
  readonly openCase: OpenCase;
  now(): Date;
}

/** Longest wait for the model, all attempts together. Milliseconds. */
const longestModelMs = 3_200;
/** Kept back for the two writes after the model's answer. Milliseconds. */
const writesMs = 3_000;

/**
 * Decides one application and makes the decision accountable: first in the table, then in the audit log;
 * then it goes to people, if it has to.
 *
 * It may run any number of times for one application. If it is cut off anywhere, the redelivery finds the
 * decision that holds, and adds the entry or the case that is missing.
 *
 * @throws Error if the time left is not enough to ask the model and write: a later delivery has more
 */
export async function decideApplication(
  { application, receivedAt }: Received,
  deadline: Deadline,
  options: DecideOptions,
): Promise<Recorded> {
  const withinMs = Math.min(longestModelMs, deadline.leftMs() - writesMs);
  if (withinMs <= 0) throw new OutOfTime();
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
  const recorded = await recordOnce(options.dynamo, options.decisionsTable, decision, deadline);
  await options.appendEntry(decisionEntry(recorded.decision), deadline);
  await options.openCase(recorded.decision, deadline);
  return recorded;
}
