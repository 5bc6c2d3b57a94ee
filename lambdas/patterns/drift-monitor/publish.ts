import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Gap } from './gaps.ts';
import type { Run } from './run.ts';

/** Writes what a run found as metrics: sums, and the gaps between groups by `kind` of group. */
export function publish(metrics: Metrics, { findings, ring }: Run): void {
  const { population, outcomes, matured, gaps, withoutReference } = findings;
  const count = (name: string, value: number) => metrics.addMetric(name, MetricUnit.Count, value);
  const number = (name: string, value: number) => metrics.addMetric(name, MetricUnit.NoUnit, value);
  count('DriftRuns', 1);
  count('VersionsWithoutReference', withoutReference.length);
  count('OutcomesRing', ring ? 1 : 0);
  if (population.length > 0) {
    const largest = (statistic: 'psi' | 'ks', of: (feature: string) => boolean) =>
      Math.max(
        ...population.filter((each) => each.statistic === statistic && of(each.feature)).map(({ value }) => value),
      );
    const isScore = (feature: string) => feature === 'score';
    count('FeaturesDrifted', new Set(population.filter(({ drifted }) => drifted).map(({ feature }) => feature)).size);
    number('ScorePsi', largest('psi', isScore));
    number('ScoreKs', largest('ks', isScore));
    number(
      'LargestFeaturePsi',
      largest('psi', (feature) => !isScore(feature)),
    );
  }
  const last = outcomes.at(-1);
  if (last) {
    metrics.addMetric('OutcomeEvidence', MetricUnit.Percent, (100 * last.evidence) / last.limit);
    count(
      'ObservedDefaults',
      outcomes.reduce((sum, { observed }) => sum + observed, 0),
    );
    number(
      'ExpectedDefaults',
      outcomes.reduce((sum, { expected }) => sum + expected, 0),
    );
  }
  if (matured) {
    count('MaturedLoans', matured.loans);
    number('MaturedBrier', matured.brier);
    number('MaturedCost', matured.cost);
    metrics.addMetric('LossBudgetUsed', MetricUnit.Percent, (100 * matured.cost) / matured.budget);
  }
  for (const [kind, gap] of Object.entries(gaps.approved)) publishGap(metrics, 'ApprovalGap', kind, gap);
  for (const [kind, gap] of Object.entries(gaps.defaulted)) publishGap(metrics, 'DefaultGap', kind, gap);
}

function publishGap(metrics: Metrics, name: 'ApprovalGap' | 'DefaultGap', kind: string, { points }: Gap): void {
  const metric = metrics.singleMetric();
  metric.addDimension('kind', kind);
  metric.addMetric(name, MetricUnit.Percent, points);
}
