import { deciderNames, deciders } from './evaluation.ts';
import { type Report, ringText } from './report.ts';

/** The report as text for a terminal. */
export function reportText(report: Report): string {
  const { applications, decisions, latencyMs, answerMs, seconds, data, model } = report;
  const referred = Object.entries(decisions.referredFor).map(([reason, count]) => `${count} ${reason}`);
  return [
    '',
    `Loan applications of ${data.from} to ${data.to} (${data.source}),`,
    `${applications.sent} of ${data.available}, evenly sampled, in order of time`,
    '',
    row('Sent', applications.sent),
    row('Accepted', applications.accepted),
    row('Rejected', applications.rejected),
    ...Object.entries(applications.rejectedByReason)
      .toSorted(([, a], [, b]) => b - a)
      .map(([reason, count]) => `  ${String(count).padStart(16)} × ${reason}`),
    row('Decided', applications.decided, `${applications.perSecond.toFixed(1)} per second`),
    row('Lost', applications.lost),
    row('Decided twice', applications.decidedTwice),
    '',
    row('Approved', decisions.approved),
    row('Declined', decisions.declined),
    row('Referred', decisions.referred, referred.join(', ')),
    '',
    ...qualityTable(report),
    '',
    row(
      'Decision after',
      `${latencyMs.p50} ms`,
      `p95 ${latencyMs.p95} ms, p99 ${latencyMs.p99} ms (receipt to decision)`,
    ),
    row('API answer', `${answerMs.p50} ms`, `p95 ${answerMs.p95} ms, p99 ${answerMs.p99} ms`),
    row('Time', `${seconds.total.toFixed(1)} s`, phases(report)),
    row(
      'Peak memory',
      `${(report.peakMemoryBytes / 1e9).toFixed(2)} GB`,
      'all processes, shared pages counted in each',
    ),
    row('Model', model.version),
    row('Outcomes', report.outcomes.sent, ringText(report.outcomes)),
    '',
    ...report.checks.map(({ name, held, found }) => `  ${held ? 'holds ' : 'FAILED'}  ${name} (${found})`),
    '',
  ].join('\n');
}

function row(name: string, value: string | number, note = ''): string {
  return `  ${name.padEnd(15)} ${String(value).padStart(14)}${note ? `   ${note}` : ''}`;
}

function qualityTable({ quality }: Report): string[] {
  return [
    `  Against the outcomes of ${quality.rows} loans, of which ${(100 * quality.baseRate).toFixed(1)} % defaulted;`,
    `  a bad loan accepted costs ${quality.costRatio}, a good one refused 1; cost per application`,
    `  ${''.padEnd(20)}${['AUC', 'Brier', 'error', 'cost'].map((name) => name.padStart(9)).join('')}`,
    ...deciders.map((decider) => {
      const { auc, brier, error, cost } = quality[decider];
      const cells = [auc?.toFixed(3) ?? '-', brier.toFixed(4), `${(100 * error).toFixed(1)} %`, cost.toFixed(3)];
      return `  ${deciderNames[decider].padEnd(20)}${cells.map((cell) => cell.padStart(9)).join('')}`;
    }),
  ];
}

function phases({ seconds }: Report): string {
  const names = { setUp: 'set-up', deploy: 'deploy', train: 'train', stream: 'stream' } as const;
  return Object.entries(names)
    .map(([key, name]) => `${name} ${seconds[key as keyof typeof names].toFixed(1)}`)
    .join(', ');
}
