import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { PoisonClass } from '../poison/classes.ts';

/** Counts the failures of one invocation by class, and writes them as one metric each. */
export interface Tally {
  add(failure: PoisonClass): void;
  /** Writes `RecordsFailed` with the dimensions `service` and `class`. */
  publish(metrics: Metrics): void;
}

export function tally(): Tally {
  const counts = new Map<PoisonClass, number>();
  return {
    add: (failure) => counts.set(failure, (counts.get(failure) ?? 0) + 1),
    publish: (metrics) => {
      for (const [failure, count] of counts) {
        const metric = metrics.singleMetric();
        metric.addDimension('class', failure);
        metric.addMetric('RecordsFailed', MetricUnit.Count, count);
      }
    },
  };
}
