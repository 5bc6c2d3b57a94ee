import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Deadline } from '../resilience/deadline.ts';
import type { ReviewCase } from './case.ts';
import { addVersion, type ReviewedDecision, reviewedDecision } from './held-decision.ts';
import type { CaseStore } from './store.ts';
import { close } from './transitions.ts';

/** What the audit log gets of a case: who decided what, on which grounds, and no word of anybody's notes. */
export interface ReviewEntry
  extends Omit<ReviewedDecision, 'version' | 'schemaVersion' | 'decidedAt' | 'applicationId'> {
  readonly type: 'review' | 'override';
  readonly schemaVersion: 1;
  /** The case's id: a case has one outcome, and so one entry. */
  readonly id: string;
  readonly at: string;
  readonly applicationId: string;
  readonly subject: ReviewCase['decision']['subject'];
  readonly modelVersion: string | null;
  /** Whether it was inserted to see whether reviewers look. */
  readonly inserted: boolean;
}

/** Appends an entry to the audit log; again does nothing. */
export type AuditWriter = (entry: ReviewEntry, deadline: Deadline) => Promise<void>;

export interface SettleOptions {
  readonly cases: CaseStore;
  readonly dynamo: DynamoDBClient;
  readonly decisionsTable: string;
  readonly audit: AuditWriter;
}

/**
 * Brings the outcome of a decided case into effect: first the audit log, then the decision that holds, then the end of
 * the case. It may be cut off anywhere and run again: each step is done once.
 *
 * @returns the case as it was closed, or undefined if it was closed before
 * @throws Refusal if the case is not decided; CaseChanged if another run was faster
 */
export async function settleCase(
  caseId: string,
  deadline: Deadline,
  { cases, dynamo, decisionsTable, audit }: SettleOptions,
): Promise<ReviewCase | undefined> {
  const stored = await cases.read(caseId, deadline);
  if (!stored) throw new Error(`there is no case ${caseId}`);
  const { reviewed } = stored;
  if (reviewed.state === 'closed') return undefined;
  const closed = close(reviewed);
  await audit(entryOf(reviewed), deadline);
  if (reviewed.known === null) await addVersion(dynamo, decisionsTable, reviewedDecision(reviewed), deadline);
  await cases.replace({ reviewed: closed, taskToken: null }, deadline);
  return closed;
}

function entryOf(reviewed: ReviewCase): ReviewEntry {
  const { schemaVersion: _, decidedAt, ...decided } = reviewedDecision(reviewed);
  return {
    type: decided.override ? 'override' : 'review',
    schemaVersion: 1,
    id: reviewed.caseId,
    at: decidedAt,
    ...decided,
    subject: reviewed.decision.subject,
    modelVersion: reviewed.decision.modelVersion,
    inserted: reviewed.known !== null,
  };
}
