import type { Decision } from '../../../lambdas/patterns/decision/decision.ts';
import type { Deadline } from '../../../lambdas/patterns/resilience/deadline.ts';
import { digestOf } from '../../../lambdas/patterns/review/approval.ts';
import type { ReviewCase, Reviewer, ReviewPolicy } from '../../../lambdas/patterns/review/case.ts';
import { newCase, type Opening } from '../../../lambdas/patterns/review/new-case.ts';
import { CaseChanged, type CaseStore, type Stored, sectorOf } from '../../../lambdas/patterns/review/store.ts';
import { isOver, type Judgement } from '../../../lambdas/patterns/review/transitions.ts';

const minute = 60_000;
const hour = 60 * minute;

export const policy: ReviewPolicy = {
  ladder: [
    { group: 'reviewers', forMs: 4 * hour },
    { group: 'senior-reviewers', forMs: 8 * hour },
    { group: 'heads-of-credit', forMs: 12 * hour },
  ],
  modelGroup: 'model-owners',
  leaseMs: 20 * minute,
  clockSkewMs: minute,
  remindMs: hour,
  fourEyesFrom: 250_000,
  expiryVerdict: 'decline',
};

export const start = new Date('2026-05-05T10:00:00.000Z');
export const after = (ms: number): Date => new Date(start.getTime() + ms);
export const minutes = (count: number): Date => after(count * minute);
export const hours = (count: number): Date => after(count * hour);

export const ada: Reviewer = { id: 'ada', groups: ['reviewers'] };
export const ben: Reviewer = { id: 'ben', staff: 's-2', groups: ['reviewers'] };
export const sam: Reviewer = { id: 'sam', groups: ['senior-reviewers'] };

/** A decision that the model did not dare to make. */
export function referred(changes: Partial<Decision> = {}): Decision {
  return {
    schemaVersion: 1,
    applicationId: 'A-1',
    outcome: 'referred',
    rung: 'person',
    probability: 0.17,
    modelVersion: 'v0123456789ab',
    threshold: 1 / 6,
    reasons: [{ code: 'R02', feature: 'guaranteedShare', contribution: 0.4 }],
    referredFor: 'near-threshold',
    subject: { applicant: 'pseudonym' },
    features: { amount: 50_000, sector: '72', state: 'CA' },
    featuresVersion: 1,
    submittedAt: '2004-03-01',
    receivedAt: '2026-05-05T09:59:59.000Z',
    decidedAt: '2026-05-05T09:59:59.500Z',
    ...changes,
  } as Decision;
}

export const large = { features: { amount: 300_000, sector: '72' } };

export function opened(changes: Partial<Opening> = {}, decision: Partial<Decision> = {}): ReviewCase {
  const opening = { caseId: 'A-1', decision: referred(decision), referredFor: ['near-threshold'] as const, barred: [] };
  return newCase({ ...opening, ...changes }, start, policy);
}

/** A judgement on a case as it is now. */
export function judgement(reviewed: ReviewCase, verdict: Judgement['verdict'] = 'approve'): Judgement {
  return { verdict, code: 'documents-support', note: '', digest: digestOf(reviewed), lookedMs: minute };
}

export const anyTime: Deadline = { leftMs: () => 60_000, signal: new AbortController().signal };

/** The cases in memory, with the conditional writes of the real store. `step` decides when each call takes effect. */
export function memoryCases(step: (label: string) => Promise<unknown> = async () => undefined) {
  const items = new Map<string, Stored>();
  const history: ReviewCase[] = [];
  const put = (next: Stored) => {
    items.set(next.reviewed.caseId, next);
    history.push(next.reviewed);
  };
  const every = () => [...items.values()].map(({ reviewed }) => reviewed);
  const store: CaseStore = {
    create: async (reviewed) => {
      await step('create');
      if (items.has(reviewed.caseId)) return false;
      put({ reviewed, taskToken: null });
      return true;
    },
    read: async (caseId) => {
      await step('read');
      return items.get(caseId);
    },
    replace: async (next) => {
      await step('replace');
      const { caseId, version } = next.reviewed;
      if (items.get(caseId)?.reviewed.version !== version - 1) throw new CaseChanged(caseId);
      put(next);
    },
    open: async (limit) =>
      every()
        .filter((reviewed) => !isOver(reviewed))
        .slice(0, limit),
    backlog: async () => {
      const waiting = every().filter((reviewed) => !isOver(reviewed));
      const [oldest] = waiting.map(({ openedAt }) => openedAt).toSorted();
      return { count: waiting.length, oldest };
    },
    closed: async (sector, limit) =>
      every()
        .filter((reviewed) => isOver(reviewed) && sectorOf(reviewed) === sector)
        .slice(0, limit),
  };
  return { store, items, history };
}
