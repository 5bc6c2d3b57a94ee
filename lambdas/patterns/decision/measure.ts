import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Dealt } from './decide-application.ts';
import type { Decision } from './decision.ts';
import type { RungName } from './rungs.ts';

/** Counts what became of applications until it is published, by rung and by why better ones were passed over. */
export interface Measure {
  add(dealt: Dealt): void;
  /** Writes `ApplicationsDealtWith` with the dimension `rung`, `RungsPassedOver` with `rung` and `why`, and sums. */
  publish(metrics: Metrics): void;
}

export function measure(): Measure {
  const rungs = new Map<RungName, number>();
  const passedOver = new Map<string, number>();
  const sums = new Map<string, number>();
  return {
    add: ({ recorded, kept }) => {
      if (kept) count(rungs, 'refusal');
      // A redelivery mends what is missing; it is not a second decision.
      if (!recorded?.first) return;
      const { rung, outcome, why, referredFor } = recorded.decision;
      count(rungs, rung);
      count(sums, 'ApplicationsDecided');
      // Also where it is none: a share of nothing is no share.
      count(sums, 'ApplicationsApproved', outcome === 'approved' ? 1 : 0);
      if (outcome === 'referred') count(sums, 'ApplicationsReferred');
      if (referredFor === 'no-score') count(sums, 'ReferredUnscored');
      if (why.some(passesOverModel)) count(sums, 'ModelPassedOver');
      for (const each of why) count(passedOver, `${each.rung} ${each.why}`);
    },
    publish: (metrics) => {
      for (const [name, sum] of sums) metrics.addMetric(name, MetricUnit.Count, sum);
      for (const [rung, sum] of rungs) write(metrics, 'ApplicationsDealtWith', sum, { rung });
      for (const [each, sum] of passedOver) {
        const [rung = '', why = ''] = each.split(' ');
        write(metrics, 'RungsPassedOver', sum, { rung, why });
      }
      for (const counts of [sums, rungs, passedOver]) counts.clear();
    },
  };
}

/** A score near the threshold is the model's own answer; any other reason is that it was not there. */
function passesOverModel({ rung, why }: Decision['why'][number]): boolean {
  return rung === 'model' && why !== 'near-threshold';
}

function count<Key>(counts: Map<Key, number>, key: Key, more = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
}

function write(metrics: Metrics, name: string, sum: number, dimensions: Record<string, string>): void {
  const metric = metrics.singleMetric();
  for (const [dimension, value] of Object.entries(dimensions)) metric.addDimension(dimension, value);
  metric.addMetric(name, MetricUnit.Count, sum);
}
