import type { AuditEntry } from '../../../lambdas/patterns/audit/entry.ts';
import { decisionEntry } from '../../../lambdas/patterns/audit/entry.ts';
import type { Decision } from '../../../lambdas/patterns/decision/decision.ts';

const at = '2026-05-05T10:00:02.000Z';
const common = { schemaVersion: 1, at, by: 'staff-17' } as const;

/** A decision on an application, of a subject. */
export function madeDecision(applicationId = 'A-1', applicant = 'pseudonym-of-zebedee'): Decision {
  return {
    schemaVersion: 1,
    applicationId,
    outcome: 'declined',
    rung: 'model',
    mode: 'normal',
    probability: 0.31,
    modelVersion: 'v1',
    threshold: 1 / 6,
    reasons: [{ code: 'R1', feature: 'amount', contribution: 0.4 }],
    referredFor: null,
    subject: { applicant },
    features: { amount: 50_000 },
    featuresVersion: 1,
    submittedAt: '2004-03-01',
    receivedAt: '2026-05-05T10:00:00.000Z',
    decidedAt: at,
  } as unknown as Decision;
}

/** One entry of every type. */
export const oneOfEach: readonly AuditEntry[] = [
  decisionEntry(madeDecision()),
  {
    ...common,
    type: 'review',
    id: 'A-1.1',
    subject: 'pseudonym-of-zebedee',
    applicationId: 'A-1',
    caseId: 'A-1',
    outcome: 'approved',
    reason: 'Accounts show it',
  },
  {
    ...common,
    type: 'override',
    id: 'A-1.1',
    subject: 'pseudonym-of-zebedee',
    applicationId: 'A-1',
    from: 'declined',
    to: 'approved',
    reason: 'Accounts show it',
  },
  { ...common, type: 'mode', id: 'm-1', from: 'manual', to: 'normal', reason: 'Drift is over' },
  {
    ...common,
    type: 'promotion',
    id: 'v2',
    stage: 'champion',
    modelVersion: 'v2',
    previousVersion: 'v1',
    dataSnapshot: null,
    reason: 'Lower cost',
  },
  { ...common, type: 'redrive', id: 'r-1', source: 'quarantine/invalid/1.json', records: 1, outcome: 'decided' },
  {
    ...common,
    type: 'configuration',
    id: 'c-1',
    setting: 'costRatio',
    fromDigest: null,
    toDigest: 'sha256:00',
    reason: 'Policy 12',
  },
  { ...common, type: 'erasure', id: 'e-1', key: '00000000-0000-4000-8000-000000000000', removed: { decisions: 1 } },
];
