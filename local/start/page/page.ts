import type { Decision } from '../decisions.ts';
import { deciderNames, deciders } from '../evaluation.ts';
import { type Report, ringText } from '../report.ts';
import { html, Markup } from './html.ts';
import { calibrationPlot, costPlot, latencyPlot, rocPlot, yearPlot } from './plots.ts';
import { style } from './style.ts';

/** The report as one page that needs nothing else: no script, no request. */
export function reportPage(report: Report, decisions: readonly Decision[]): string {
  const { data, applications, quality } = report;
  const failed = report.checks.filter(({ held }) => !held).length;
  return html`<!doctype html>
<html lang="en-GB">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Seaworthy: loan approval</title><style>${new Markup(style)}</style></head>
<body><main>
<h1>Loan approval: ${grouped(applications.decided)} decisions</h1>
<p class="lead">${grouped(applications.sent)} of ${grouped(data.available)} loan applications from ${data.from} to ${data.to}, evenly sampled and sent in order of time (${data.source}). Each went through the HTTP API, the stream, the consumer and the model service; the model knew loans up to 2003 only.</p>
${tiles(report)}
<h2>${failed === 0 ? 'Every check holds' : `${failed} of ${report.checks.length} checks failed`}</h2>
${checksTable(report)}
<h2>Decisions</h2>
<div class="plots">
${figure('Decisions by year', 'The solid line is the share that defaulted later, the dotted one what the model expected.', yearPlot(report))}
${figure('Time to decision', `Median ${report.latencyMs.p50} ms, p95 ${report.latencyMs.p95} ms, p99 ${report.latencyMs.p99} ms on this machine.`, latencyPlot(report))}
</div>
<h2>Quality</h2>
<p>On the ${grouped(quality.rows)} decided applications whose outcome is known; ${(100 * quality.baseRate).toFixed(1)} % of them defaulted. A bad loan accepted costs ${quality.costRatio}, a good one refused 1. All of these loans were granted at the time, so the outcome of those that are declined here is known as well.</p>
<div class="plots">
${figure('ROC', 'Higher is better: more defaults found for the same share of good loans refused.', rocPlot(report))}
${figure('Calibration', 'Tenths of the applications by predicted probability. Above the dashed line the risk was underrated.', calibrationPlot(report))}
${figure('Cost of the decisions', 'Lower is better.', costPlot(report))}
${qualityTable(report)}
</div>
<h2>What became known later</h2>
<p>After the applications, ${grouped(report.outcomes.sent)} outcomes were sent, in the order in which they became known until ${report.outcomes.until}, and the drift monitor judged, month by month, what was known by then: ${ringText(report.outcomes)}. It watches the loans that the model approved; ${report.outcomes.ring ? 'from now on people decide, until somebody has looked and lets the model decide again' : 'nothing was changed'}.</p>
<h2>The first decisions</h2>
<p>As they are in the audit log: the applicant is a pseudonym, the reasons are those the model gives, strongest first.</p>
${decisionsTable(decisions.slice(0, 12))}
<h2>This run</h2>
${runTable(report)}
</main></body></html>
`.text;
}

function figure(title: string, caption: string, plot: Markup): Markup {
  return html`<figure><h3>${title}</h3><figcaption>${caption}</figcaption>${plot}</figure>`;
}

function tiles({ applications, decisions, latencyMs }: Report): Markup {
  const values: [string | number, string][] = [
    [applications.accepted, 'accepted'],
    [applications.rejected, 'rejected by the API'],
    [decisions.approved, 'approved'],
    [decisions.declined, 'declined'],
    [decisions.referred, 'referred to a person'],
    [applications.lost, 'lost'],
    [applications.decidedTwice, 'decided twice'],
    [`${latencyMs.p50} ms`, 'median to decision'],
  ];
  return html`<ul class="tiles">${values.map(([value, name]) => html`<li><b>${typeof value === 'number' ? grouped(value) : value}</b><span>${name}</span></li>`)}</ul>`;
}

function checksTable({ checks }: Report): Markup {
  return table(
    checks.map(
      ({ name, held, found }) =>
        html`<tr><td class="${held ? 'held' : 'failed'}">${held ? '✓ holds' : '✗ failed'}</td><td>${name}</td><td>${found}</td></tr>`,
    ),
  );
}

function qualityTable({ quality }: Report): Markup {
  const head = html`<tr><th></th><th class="number">AUC</th><th class="number">Brier score</th><th class="number">Error</th><th class="number">Cost per application</th></tr>`;
  return table([
    head,
    ...deciders.map((name) => {
      const { auc, brier, error, cost } = quality[name];
      const cells = [auc?.toFixed(3) ?? '–', brier.toFixed(4), `${(100 * error).toFixed(1)} %`, cost.toFixed(3)];
      return html`<tr><th scope="row">${deciderNames[name]}</th>${cells.map((cell) => html`<td class="number">${cell}</td>`)}</tr>`;
    }),
  ]);
}

function decisionsTable(decisions: readonly Decision[]): Markup {
  const head = html`<tr><th>Submitted</th><th>Sector</th><th>State</th><th class="number">Amount, USD</th><th class="number">Probability</th><th>Outcome</th><th>Reasons</th></tr>`;
  return table([
    head,
    ...decisions.map(
      ({ submittedAt, features, probability, outcome, reasons, referredFor }) => html`<tr>
<td>${submittedAt}</td><td>${String(features['sector'] ?? '–')}</td><td>${String(features['state'] ?? '–')}</td>
<td class="number">${money(features['amount'])}</td><td class="number">${probability?.toFixed(3) ?? '–'}</td>
<td class="outcome ${outcome}">${outcome}</td><td>${[...(referredFor ? [referredFor] : []), ...reasons.map(({ code, feature }) => `${code} ${feature}`)].join(', ')}</td></tr>`,
    ),
  ]);
}

function money(amount: unknown): string {
  return typeof amount === 'number' ? grouped(amount) : '–';
}

function grouped(value: number): string {
  return value.toLocaleString('en-GB');
}

function runTable({
  seconds,
  peakMemoryBytes,
  stacks,
  model,
  addresses,
  audit,
  applications,
  answerMs,
}: Report): Markup {
  const rejected = Object.entries(applications.rejectedByReason).map(([reason, count]) => `${count} × ${reason}`);
  const rows: [string, string][] = [
    ['Rejected', rejected.join('; ') || 'none'],
    [
      'Seconds',
      `set-up ${seconds.setUp.toFixed(1)}, deploy ${seconds.deploy.toFixed(1)}, train ${seconds.train.toFixed(1)}, stream ${seconds.stream.toFixed(1)}, total ${seconds.total.toFixed(1)}`,
    ],
    ['Applications per second', applications.perSecond.toFixed(1)],
    ['API answer', `median ${answerMs.p50} ms, p95 ${answerMs.p95} ms, p99 ${answerMs.p99} ms`],
    ['Peak memory', `${(peakMemoryBytes / 1e9).toFixed(2)} GB over all processes, shared pages counted in each`],
    ['Model', model.version],
    ['Audit entries', String(audit.entries)],
    [
      'Stacks',
      Object.entries(stacks)
        .map(([name, status]) => `${name} ${status}`)
        .join(', '),
    ],
    [
      'Addresses',
      Object.entries(addresses)
        .map(([name, address]) => `${name} ${address}`)
        .join(', '),
    ],
  ];
  return table(rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td><code>${value}</code></td></tr>`));
}

function table(rows: readonly Markup[]): Markup {
  return html`<div class="card scroll"><table>${rows}</table></div>`;
}
