import { type Decider, deciderNames, deciders } from '../evaluation.ts';
import type { Report } from '../report.ts';
import { type Axis, chart, frame, legend, line, scale, verticalAxis } from './chart.ts';
import { html, type Markup } from './html.ts';

const percent = (share: number) => `${Math.round(100 * share)} %`;

const deciderLegend = legend(deciders.map((decider) => [decider, deciderNames[decider]]));

function shareAxis(label: string, most = 1): Axis {
  const place = scale([0, most], [frame.left, frame.right]);
  return {
    label,
    scale: place,
    ticks: [0, 0.25, 0.5, 0.75, 1].map((part) => ({ at: part * most, text: percent(part * most) })),
  };
}

/** An axis with a place for each of some names. @returns the width of a place too */
function namedAxis(label: string, names: readonly string[]): { axis: Axis; width: number } {
  const width = (frame.right - frame.left) / Math.max(1, names.length);
  const place = (index: number) => frame.left + (index + 0.5) * width;
  return { axis: { label, scale: place, ticks: names.map((text, at) => ({ at, text })) }, width };
}

function bar(name: string, left: number, width: number, top: number, bottom: number, says: string): Markup {
  const height = Math.max(0, bottom - top);
  return html`<rect class="${name}" x="${left}" y="${top}" width="${width}" height="${height}"><title>${says}</title></rect>`;
}

/** How well each decider ranks: the share of defaults found against the share of good loans refused. */
export function rocPlot({ curves, quality }: Report): Markup {
  const x = shareAxis('good loans refused');
  const y = verticalAxis('defaults found', 1, percent);
  const areas = deciders
    .map((name) => `${deciderNames[name]} ${quality[name].auc?.toFixed(3) ?? 'unknown'}`)
    .join(', ');
  const marks = deciders.toReversed().map((name) => line(name, curves[name].roc, x.scale, y.scale));
  const chance = line(
    'chance',
    [
      [0, 0],
      [1, 1],
    ],
    x.scale,
    y.scale,
  );
  return html`${chart({ description: `ROC curves; area under the curve: ${areas}.`, x, y, marks: [chance, ...marks] })}${deciderLegend}`;
}

/** Whether a probability means what it says: tenths of the applications, predicted against observed. */
export function calibrationPlot({ curves }: Report): Markup {
  const points = deciders.flatMap((name) => curves[name].calibration);
  const most = Math.max(0.1, ...points.map(([predicted, observed]) => Math.max(predicted, observed)));
  const y = verticalAxis('observed share of defaults', most, percent);
  const top = y.ticks.at(-1)?.at ?? 1;
  const x = { ...shareAxis('predicted probability of default', top) };
  const exact = line(
    'chance',
    [
      [0, 0],
      [top, top],
    ],
    x.scale,
    y.scale,
  );
  const marks = deciders.toReversed().flatMap((name) => [
    line(
      name,
      curves[name].calibration.map(([predicted, observed]) => [predicted, observed] as const),
      x.scale,
      y.scale,
    ),
    ...curves[name].calibration.map(
      ([predicted, observed, rows]) =>
        html`<circle class="dot ${name}" cx="${x.scale(predicted)}" cy="${y.scale(observed)}" r="4"><title>${deciderNames[name]}: predicted ${percent(predicted)}, observed ${percent(observed)}, ${rows} loans</title></circle>`,
    ),
  ]);
  const description =
    'Calibration: on the dashed line a predicted probability is what was observed; above it risk is underrated.';
  return html`${chart({ description, x, y, marks: [exact, ...marks] })}${deciderLegend}`;
}

/** What the decisions of each decider cost. */
export function costPlot({ quality }: Report): Markup {
  const { axis: x, width } = namedAxis(
    '',
    deciders.map((name) => deciderNames[name]),
  );
  const y = verticalAxis('cost per application', Math.max(...deciders.map((name) => quality[name].cost)));
  const mark = (name: Decider, index: number) => {
    const { cost } = quality[name];
    const left = x.scale(index) - width * 0.28;
    return html`${bar(`bar ${name}`, left, width * 0.56, y.scale(cost), frame.bottom, cost.toFixed(3))}
<text class="value" x="${x.scale(index)}" y="${y.scale(cost) - 6}" text-anchor="middle">${cost.toFixed(3)}</text>`;
  };
  const costs = deciders.map((name) => `${deciderNames[name]} ${quality[name].cost.toFixed(3)}`).join(', ');
  return chart({ description: `Cost per application: ${costs}.`, x, y, marks: deciders.map(mark) });
}

/** How long applications waited for their decision. */
export function latencyPlot({ latencyMs }: Report): Markup {
  const bins = latencyMs.histogram;
  const { axis: x, width } = namedAxis(
    'milliseconds from receipt to decision, less than',
    bins.map(({ to }) => String(to)),
  );
  const y = verticalAxis('applications', Math.max(1, ...bins.map(({ count }) => count)));
  const marks = bins.map(({ from, to, count }, index) =>
    bar(
      'bar model',
      x.scale(index) - width * 0.42,
      width * 0.84,
      y.scale(count),
      frame.bottom,
      `${from} to ${to} ms: ${count}`,
    ),
  );
  const { p50, p95, p99 } = latencyMs;
  return chart({ description: `Time to decision: median ${p50} ms, p95 ${p95} ms, p99 ${p99} ms.`, x, y, marks });
}

const outcomeNames = ['approved', 'referred', 'declined'] as const;

/** Decisions of each year's applications, and the share of its loans that went bad. */
export function yearPlot({ decisions }: Report): Markup {
  const years = decisions.byYear;
  const { axis: x, width } = namedAxis(
    'year of application',
    years.map(({ year }) => year),
  );
  const y = verticalAxis('share of the year', 1, percent);
  const marks = years.flatMap((year, index) => {
    const total = outcomeNames.reduce((sum, name) => sum + year[name], 0);
    let below = 0;
    return outcomeNames.map((name) => {
      const bottom = y.scale(below);
      below += year[name] / total;
      const left = x.scale(index) - width * 0.36;
      return bar(`part ${name}`, left, width * 0.72, y.scale(below), bottom, `${year.year}: ${year[name]} ${name}`);
    });
  });
  const known = (pick: 'badRate' | 'meanProbability') =>
    years.flatMap((year, index) => (year[pick] === null ? [] : [[index, year[pick]] as const]));
  const lines = (['badRate', 'meanProbability'] as const).map((name) => line(name, known(name), x.scale, y.scale));
  const rates = years
    .map(({ year, badRate }) => `${year} ${badRate === null ? 'unknown' : percent(badRate)}`)
    .join(', ');
  const description = `Approved, referred and declined by year; share of defaults: ${rates}.`;
  return html`${chart({ description, x, y, marks: [...marks, ...lines] })}${legend([
    ...outcomeNames.map((name) => [name, name] as const),
    ['badRate', 'defaulted in the end'],
    ['meanProbability', 'mean probability that the model gave'],
  ])}`;
}
