import type { Audit } from '../../../local/start/audit.ts';
import type { Decision } from '../../../local/start/decisions.ts';
import type { Findings } from '../../../local/start/report.ts';

const cleanAudit: Audit = {
  entries: 3,
  bytesPerEntry: 700,
  checkpoints: 1,
  findings: [],
  missing: [],
  twice: [],
  different: [],
  unlocked: [],
  stray: [],
  switches: [],
};

export function decision(applicationId: string, change: Partial<Decision> = {}): Decision {
  return {
    applicationId,
    outcome: 'approved',
    probability: 0.08,
    modelVersion: 'v1',
    referredFor: null,
    reasons: [],
    features: { amount: 50_000, sector: '44', state: 'OH' },
    submittedAt: '2004-03-01',
    receivedAt: '2026-11-24T10:00:00.000Z',
    decidedAt: '2026-11-24T10:00:00.120Z',
    ...change,
  };
}

const curves = {
  roc: [
    [0, 0],
    [0.2, 0.6],
    [1, 1],
  ],
  calibration: [
    [0.05, 0.06, 10],
    [0.3, 0.4, 10],
  ],
} as const;

/** Findings of a run of four applications in which all is well, but for what a test changes. */
export function findings(change: Partial<Findings> = {}): Findings {
  const reasons = [{ code: 'new-business', feature: 'newBusiness', contribution: 0.4 }];
  return {
    data: { source: 'loans <of> a test', from: '2004-01-02', to: '2009-12-31', available: 4 },
    sent: {
      sent: 4,
      accepted: new Set(['a', 'b', 'c']),
      rejected: 1,
      rejectedByReason: { 'state is missing': 1 },
      answerMs: [5, 6, 7],
    },
    decisions: [
      decision('a'),
      decision('b', { outcome: 'declined', probability: 0.4, reasons, submittedAt: '2007-05-01' }),
      decision('c', {
        outcome: 'referred',
        probability: 0.16,
        referredFor: 'near-threshold',
        submittedAt: '2007-06-01',
      }),
    ],
    endings: new Map([
      ['a', { defaulted: false, occurredAt: '2009-03-01', knownAt: '2009-03-01' }],
      ['b', { defaulted: true, occurredAt: '2008-01-01', knownAt: '2008-03-31' }],
    ]),
    watched: {
      until: '2010-12-31',
      sent: 2,
      refused: 0,
      observed: 1,
      expected: 0.9,
      ring: null,
      drifted: [],
      mode: 'normal',
    },
    audit: cleanAudit,
    evaluation: {
      rows: 2,
      withoutProbability: 0,
      withoutOutcome: 1,
      baseRate: 0.5,
      costRatio: 5,
      model: { auc: 0.7, brier: 0.09, error: 0.2, cost: 0.47, ...curves },
      scorecard: { auc: 0.66, brier: 0.1, error: 0.22, cost: 0.53, ...curves },
      policy: { auc: null, brier: 0.11, error: 0.28, cost: 0.56, ...curves },
    },
    modelVersion: 'v1',
    stacks: { SeaworthyFoundation: 'CREATE_COMPLETE' },
    seconds: { setUp: 1, deploy: 20, train: 10, stream: 2, total: 35 },
    peakMemoryBytes: 1.5e9,
    addresses: {
      cloud: 'http://127.0.0.1:1',
      api: 'http://127.0.0.1:1/api',
      modelService: 'http://127.0.0.1:2',
      page: 'http://127.0.0.1:3/',
      console: 'http://127.0.0.1:4/',
    },
    reviewing: { address: 'http://127.0.0.1:4/', clientId: 'console', users: ['reviewer'], password: 'secret' },
    ...change,
  };
}
