import { Duration } from 'aws-cdk-lib';
import { Dashboard, type Metric, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { groupKinds } from '../../lambdas/patterns/drift-monitor/group-kinds.ts';
import type { DriftMetricName, DriftMonitor } from '../monitoring/drift-monitor.ts';
import { graph, handlerMetric, share } from '../monitoring/widgets.ts';
import type { AssuranceStack } from './assurance-stack.ts';
import type { IngestionStack } from './ingestion-stack.ts';

export interface RiskDashboardProps {
  readonly ingestion: IngestionStack;
  readonly assurance: AssuranceStack;
}

const hourly = Duration.hours(1);
const settled = (name: string, statistic = 'Sum'): Metric => handlerMetric('review-settle', name, statistic, hourly);

/**
 * What a risk officer asks: how many are approved and referred, do people look, agree and keep up, has the world changed,
 * are groups treated alike, and how much of what may be lost is lost?
 */
export function riskDashboard(scope: Construct, id: string, { ingestion, assurance }: RiskDashboardProps): Dashboard {
  const decided = ingestion.ingestion.metricConsumer('ApplicationsDecided');
  const of = (label: string, name: string) => share(label, ingestion.ingestion.metricConsumer(name), decided);
  const dashboard = new Dashboard(scope, id);
  dashboard.addWidgets(
    new TextWidget({
      width: 24,
      height: 2,
      markdown:
        'Shares by the hour, in per cent. What each means and what to do: the runbooks of the alarms, docs/runbooks.',
    }),
  );
  dashboard.addWidgets(
    graph('Approved, % of decided', [of('approved', 'ApplicationsApproved')]),
    graph('Referred to people, % of decided', [of('referred', 'ApplicationsReferred')]),
    graph('Decided without the model, % of decided', [of('without the model', 'ModelPassedOver')]),
  );
  dashboard.addWidgets(
    graph('Reviewers who decided against the model, share', [settled('Overrides', 'Average')]),
    graph('Cases closed, expired', [settled('CasesClosed'), settled('CasesExpired')]),
    graph(
      'Seconds to a decision by people',
      ['p50', 'p95'].map((each) => settled('TimeToDecision', each)),
    ),
  );
  dashboard.addWidgets(
    graph('Opinions given too fast', [settled('OpinionsTooFast')]),
    graph('Known cases that were missed', [settled('KnownCasesMissed')]),
    graph(
      'Outcomes recorded, corrected',
      ['OutcomesRecorded', 'OutcomesCorrected'].map((name) => handlerMetric('outcomes', name, 'Sum', hourly)),
    ),
  );
  addDrift(dashboard, assurance.drift);
  return dashboard;
}

/** What the drift monitor finds, day by day. */
function addDrift(dashboard: Dashboard, drift: DriftMonitor): void {
  const daily = (...names: DriftMetricName[]) => names.map((name) => drift.metric(name));
  const gaps = (name: 'ApprovalGap' | 'DefaultGap') => groupKinds.map((kind) => drift.metricGap(name, kind));
  dashboard.addWidgets(
    graph('Drift: stability index, score and worst feature', daily('ScorePsi', 'LargestFeaturePsi')),
    graph('Drift: features that differ and matter', daily('FeaturesDrifted')),
    graph('Defaults of approved loans: observed, expected', daily('ObservedDefaults', 'ExpectedDefaults')),
  );
  dashboard.addWidgets(
    graph('Fairness: gap of approval rates between groups, points', gaps('ApprovalGap')),
    graph('Fairness: gap of default rates of approved loans, points', gaps('DefaultGap')),
    graph('Evidence that more default than is tolerated, % of its limit', daily('OutcomeEvidence')),
  );
  dashboard.addWidgets(
    graph('Loss budget used, %: 100 is 1.5 times what the scores said', daily('LossBudgetUsed')),
    graph('Cost of a loan that is old enough to judge', daily('MaturedCost')),
    graph('Brier score of those loans', daily('MaturedBrier')),
  );
}
