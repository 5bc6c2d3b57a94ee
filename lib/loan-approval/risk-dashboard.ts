import { Duration } from 'aws-cdk-lib';
import { Dashboard, type Metric, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { graph, handlerMetric, share } from '../monitoring/widgets.ts';
import type { IngestionStack } from './ingestion-stack.ts';

export interface RiskDashboardProps {
  readonly ingestion: IngestionStack;
}

const hourly = Duration.hours(1);
const settled = (name: string, statistic = 'Sum'): Metric => handlerMetric('review-settle', name, statistic, hourly);

/** What a risk officer asks: how many are approved and referred, and do people look, agree and keep up? */
export function riskDashboard(scope: Construct, id: string, { ingestion }: RiskDashboardProps): Dashboard {
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
  return dashboard;
}
