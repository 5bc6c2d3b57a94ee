import type { AuditWriter } from '../audit/append.ts';
import type { AuditEntry } from '../audit/entry.ts';
import type { Deadline } from '../resilience/deadline.ts';
import type { ReviewCase } from './case.ts';
import { type ReviewedDecision, reviewedDecision } from './held-decision.ts';
import { modelVerdict } from './oversight.ts';
import type { CaseStore } from './store.ts';
import { close } from './transitions.ts';

/** A later version of a decision, before it has its number. */
export type Decided = Omit<ReviewedDecision, 'version'>;

export interface SettleOptions {
  readonly cases: CaseStore;
  readonly audit: AuditWriter;
  /** Makes the outcome the version of the decision that holds; once, however often it is called. */
  hold(decided: Decided, deadline: Deadline): Promise<unknown>;
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
  { cases, audit, hold }: SettleOptions,
): Promise<ReviewCase | undefined> {
  const stored = await cases.read(caseId, deadline);
  if (!stored) throw new Error(`there is no case ${caseId}`);
  const { reviewed } = stored;
  if (reviewed.state === 'closed') return undefined;
  const closed = close(reviewed);
  const decided = reviewedDecision(reviewed);
  for (const entry of entriesOf(reviewed, decided)) await audit(entry, deadline);
  if (reviewed.known === null) await hold(decided, deadline);
  await cases.replace({ reviewed: closed, taskToken: null }, deadline);
  return closed;
}

/** What the audit log gets of a case: who decided what, on which grounds, and no word of anybody's notes. */
function entriesOf({ caseId, decision, known }: ReviewCase, decided: Decided): AuditEntry[] {
  const { applicationId, outcome, reviewers, reasonCodes, shown, rung, decidedAt } = decided;
  const common = {
    schemaVersion: 1,
    id: caseId,
    at: decidedAt,
    subject: decision.subject.applicant,
    applicationId,
    by: reviewers.join(',') || rung,
    reason: reasonCodes.join(',') || 'nobody decided in time',
  } as const;
  const inserted = known !== null;
  const { modelVersion } = decision;
  const review = {
    ...common,
    type: 'review',
    caseId,
    outcome,
    rung,
    reviewers,
    shown,
    modelVersion,
    inserted,
  } as const;
  if (!decided.override) return [review];
  const from = modelVerdict(decision) === 'approve' ? 'approved' : 'declined';
  return [review, { ...common, type: 'override', from, to: outcome, modelVersion, inserted }];
}
