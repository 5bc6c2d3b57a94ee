import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { root } from '../scripts/root.ts';
import { type Bench, compare } from './comparison.ts';
import { loanHistory, setUp } from './loan-history.ts';
import { conditions } from './measure.ts';

interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

type Measure = 'auc' | 'brier' | 'error' | 'cost';
type Quality = Readonly<Record<Measure, number>>;
type Differences = Readonly<Record<string, Readonly<Record<Measure, Interval>>>>;

interface Measured {
  readonly rows: number;
  readonly baseRate: number;
  readonly deciders: Readonly<Record<string, Quality>>;
  readonly modelAgainst: Differences;
}

interface Assessment extends Measured {
  readonly years: readonly (Measured & { readonly year: number; readonly meanPredicted: number })[];
}

/** The share by which the case study claims that decisions get better. */
const claim = 0.3;

/** Expected cost on all years after training, beside the scorecard and the policy rule; error and AUC as conditions. */
export const modelQuality: Bench = {
  summary: 'cost per application of the model on all years after its training, beside scorecard and policy rule',
  async run() {
    await setUp('services/trainer');
    const folder = path.join(root, '.state/bench/model-quality');
    const { csv } = await loanHistory({ folder, logs: folder });
    const python = path.join(root, 'services/trainer/.venv/bin/python');
    const cwd = path.join(root, 'services/trainer');
    const output = execFileSync(python, ['bench/quality.py', csv], { cwd, encoding: 'utf8', maxBuffer: 1e8 });
    const found = JSON.parse(output) as Assessment;
    const cost = (name: string) => found.deciders[name]?.cost ?? Number.NaN;
    return compare({
      name: 'model-quality',
      unit: 'cost per application',
      ours: cost('model'),
      peers: { policy: cost('policy'), scorecard: cost('scorecard'), 'approve all': cost('approve all') },
      aim: { policy: 1 - claim, scorecard: 1 },
      conditions: {
        ...conditions(1),
        rows: found.rows,
        'charged off': percent(found.baseRate),
        ...against(found),
        ...Object.fromEntries(found.years.map((year) => [String(year.year), ofYear(year)])),
      },
    });
  },
};

/** What the model is above each other decider, with intervals. */
function against({ modelAgainst, deciders }: Measured): Record<string, string> {
  return Object.fromEntries(
    Object.entries(modelAgainst).map(([name, differences]) => [
      `less ${name}`,
      (['auc', 'brier', 'error', 'cost'] as const)
        .map(
          (measure) => `${measure} ${interval(differences[measure])}${relative(measure, differences, deciders[name])}`,
        )
        .join(', '),
    ]),
  );
}

function ofYear(year: Assessment['years'][number]): string {
  const { model, scorecard, policy } = year.deciders;
  const costs = [model, scorecard, policy].map((quality) => quality?.cost.toFixed(3)).join(' / ');
  const aucs = [model, scorecard, policy].map((quality) => quality?.auc.toFixed(3)).join(' / ');
  const rates = `${percent(year.baseRate)} charged off, ${percent(year.meanPredicted)} predicted`;
  return `${rates}, cost ${costs}, AUC ${aucs} (model / scorecard / policy)`;
}

function relative(measure: Measure, differences: Differences[string], other: Quality | undefined): string {
  if (other === undefined || measure === 'auc') return '';
  return ` (${((100 * differences[measure].value) / other[measure]).toFixed(1)} %)`;
}

function interval({ value, low, high }: Interval): string {
  return `${value.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
