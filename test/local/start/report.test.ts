import { expect, test } from 'vitest';
import { reportPage } from '../../../local/start/page/page.ts';
import { type Findings, makeReport } from '../../../local/start/report.ts';
import { reportText } from '../../../local/start/terminal.ts';
import { decision, findings } from './findings.ts';

function failedChecks(change: Partial<Findings>): string[] {
  return makeReport(findings(change)).checks.flatMap(({ name, held }) => (held ? [] : [name]));
}

test('a run in which all is well passes every check and adds up', () => {
  const report = makeReport(findings());
  expect(failedChecks({})).toEqual([]);
  expect(report.applications).toEqual({
    sent: 4,
    accepted: 3,
    rejected: 1,
    decided: 3,
    lost: 0,
    decidedTwice: 0,
    rejectedByReason: { 'state is missing': 1 },
    perSecond: 1.5,
  });
  expect(report.decisions).toMatchObject({
    approved: 1,
    declined: 1,
    referred: 1,
    referredFor: { 'near-threshold': 1 },
  });
  expect(report.latencyMs).toMatchObject({ p50: 120, p95: 120, p99: 120 });
});

test.each<[string, Partial<Findings>, string]>([
  ['a lost application', { decisions: [decision('a'), decision('b')] }, 'No accepted application was lost'],
  ['two records', { audit: { ...findings().audit, twice: ['a'] } }, 'No application was decided twice'],
  [
    'no record',
    { audit: { ...findings().audit, missing: ['a'] } },
    'Every decision is in the audit log, word for word',
  ],
  [
    'other words',
    { audit: { ...findings().audit, different: ['a'] } },
    'Every decision is in the audit log, word for word',
  ],
  [
    'an open record',
    { audit: { ...findings().audit, unlocked: ['a'] } },
    'Every object of the audit log is under Object Lock',
  ],
  [
    'a log that does not verify',
    { audit: { ...findings().audit, findings: ['fork: checkpoint: two'] } },
    'The audit log is whole: signatures, tree, every checkpoint',
  ],
  ['a record of nothing', { audit: { ...findings().audit, stray: ['x'] } }, 'Only accepted applications were decided'],
  ['another model', { modelVersion: 'v2' }, 'Every score is of the model just trained'],
  ['a stack rolled back', { stacks: { A: 'ROLLBACK_COMPLETE' } }, 'Every stack is complete'],
])('%s fails its check', (_, change, name) => {
  expect(failedChecks(change)).toEqual([name]);
});

test('a decision on what was not accepted fails its check', () => {
  const decisions = [...findings().decisions, decision('stranger')];
  expect(failedChecks({ decisions })).toEqual(['Only accepted applications were decided']);
});

test('the page escapes what it is given and asks for nothing from elsewhere', () => {
  const decisions = [decision('a', { features: { state: '<script>alert(1)</script>' } })];
  const page = reportPage(makeReport(findings()), decisions);
  expect(page).toContain('loans &#60;of&#62; a test');
  expect(page).toContain('&#60;script&#62;');
  expect(page).not.toMatch(/<(script|link|img|iframe|object)\b|@import|url\(/i);
  expect(page).not.toMatch(/\b(NaN|undefined|Infinity|null)\b/);
});

test('each plot says in words what it shows', () => {
  const page = reportPage(makeReport(findings()), []);
  const descriptions = [...page.matchAll(/<svg [^>]*role="img" aria-label="([^"]+)"/g)].map(([, text]) => text);
  expect(descriptions).toEqual([
    'Approved, referred and declined by year; share of defaults: 2004 0 %, 2007 100 %.',
    'Time to decision: median 120 ms, p95 120 ms, p99 120 ms.',
    'ROC curves; area under the curve: Model 0.700, Logistic scorecard 0.660, Policy rule unknown.',
    'Calibration: on the dashed line a predicted probability is what was observed; above it risk is underrated.',
    'Cost per application: Model 0.470, Logistic scorecard 0.530, Policy rule 0.560.',
  ]);
});

test('the terminal has the same figures, and a failed check stands out', () => {
  const text = reportText(makeReport(findings({ modelVersion: 'v2' })));
  expect(text).toMatch(/Accepted +3/);
  expect(text).toMatch(/1 × state is missing/);
  expect(text).toMatch(/Model +0\.700 +0\.0900 +20\.0 % +0\.470/);
  expect(text).toContain('FAILED  Every score is of the model just trained');
});
