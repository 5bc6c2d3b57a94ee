import { isDeepStrictEqual } from 'node:util';
import type { AuditEntry } from '../audit/entry.ts';
import { formatReceipt } from '../audit/tlog/receipt.ts';
import { type Proven, prove, type Trail } from '../audit/verify/proven.ts';
import type { ReviewCase } from './case.ts';
import { reviewedDecision } from './held-decision.ts';

/** What proves an entry about a case, for a page that checks it by itself. */
export interface EntryProof {
  /** Type and id of the entry. */
  readonly name: string;
  /** As text, see c2sp.org/tlog-proof; null while the log does not have it. */
  readonly receipt: string | null;
  /** What the entry says, opened with the person's key, beside what the case says; `erased` where nobody can open it. */
  readonly content: 'same' | 'differs' | 'erased' | null;
}

/** The proofs of what the audit trail should have of a case: the decision that made it, and the review once decided. */
export async function proofsOf(trail: Trail, reviewed: ReviewCase): Promise<readonly EntryProof[]> {
  const names = namesOf(reviewed);
  const proven = new Map((await prove(trail, names)).map((each) => [each.name, each]));
  return names.map((name) => proofOf(name, proven.get(name), reviewed));
}

/** A case that was inserted again has no decision of its own. */
function namesOf({ applicationId, caseId, state, known }: ReviewCase): string[] {
  const decision = known === null ? [`decision/${applicationId}`] : [];
  return state === 'closed' ? [...decision, `review/${caseId}`] : decision;
}

function proofOf(name: string, proven: Proven | undefined, reviewed: ReviewCase): EntryProof {
  if (!proven) return { name, receipt: null, content: null };
  return { name, receipt: formatReceipt(proven.receipt), content: contentOf(proven.entry, reviewed) };
}

function contentOf(entry: AuditEntry | undefined, reviewed: ReviewCase): EntryProof['content'] {
  if (!entry) return 'erased';
  return saysTheSame(entry, reviewed) ? 'same' : 'differs';
}

function saysTheSame(entry: AuditEntry, reviewed: ReviewCase): boolean {
  if (entry.type === 'decision') return isDeepStrictEqual(entry.decision, reviewed.decision);
  return entry.type === 'review' && entry.outcome === reviewedDecision(reviewed).outcome;
}
