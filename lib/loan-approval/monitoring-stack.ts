import { Stack, type StackProps } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  type AlarmStatusWidgetProps,
  type CompositeAlarm,
  Dashboard,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { alarmRecords, runbooks, type Severity } from '../monitoring/alarms.ts';
import { anyOf, notify, stacksAtRisk } from '../monitoring/at-risk.ts';
import { graph, handlerMetric } from '../monitoring/widgets.ts';
import type { AssuranceStack } from './assurance-stack.ts';
import type { DecisionStack } from './decision-stack.ts';
import type { FoundationStack } from './foundation-stack.ts';
import type { HistoryStack } from './history-stack.ts';
import type { IngestionStack } from './ingestion-stack.ts';
import type { OutcomesStack } from './outcomes-stack.ts';
import type { OversightStack } from './oversight-stack.ts';
import { riskDashboard } from './risk-dashboard.ts';
import type { ServingStack } from './serving-stack.ts';
import type { TrainingStack } from './training-stack.ts';

export interface MonitoringStackProps extends StackProps {
  readonly foundation: FoundationStack;
  readonly decision: DecisionStack;
  readonly serving: ServingStack;
  readonly outcomes: OutcomesStack;
  readonly oversight: OversightStack;
  readonly ingestion: IngestionStack;
  readonly assurance: AssuranceStack;
  readonly history: HistoryStack;
  readonly training: TrainingStack;
}

/** One page for whoever is on duty, one for the risk officer, and one alarm that wakes somebody. */
export class MonitoringStack extends Stack {
  /** For the duty engineer: what rings, and where it is slow. */
  readonly dashboard: Dashboard;
  /** For the risk officer: what is decided, by whom, and how people see it. */
  readonly risk: Dashboard;
  /** One for each stack that can wake somebody; what stands on a stack at risk keeps quiet. */
  readonly stacksAtRisk: readonly CompositeAlarm[];
  /** The one alarm that wakes somebody, once for each incident. */
  readonly serviceAtRisk: CompositeAlarm;

  constructor(scope: Construct, id: string, props: MonitoringStackProps) {
    super(scope, id, props);
    const { foundation } = props;
    this.stacksAtRisk = stacksAtRisk(this, { stacks: stacksOf(props), topic: foundation.alarmTopic });
    this.serviceAtRisk = anyOf(
      this,
      'ServiceAtRisk',
      this.stacksAtRisk,
      `[page] Applications are not taken in, not decided, or decided without their record. ${runbooks}/service.md#at-risk`,
    );
    notify(this.serviceAtRisk, foundation.pageTopic);
    this.dashboard = this.#createOverview(props);
    this.risk = riskDashboard(this, 'Risk', props);
  }

  #createOverview(props: MonitoringStackProps): Dashboard {
    const stream = props.ingestion.ingestion;
    const { modelService } = props.serving;
    const alarms = (severity: Severity) =>
      stacksOf(props)
        .flatMap(alarmRecords)
        .filter((record) => record.severity === severity)
        .map(({ alarm }) => alarm);
    const overview = new Dashboard(this, 'Dashboard');
    overview.addWidgets(
      status('At risk', 3, [this.serviceAtRisk, ...this.stacksAtRisk]),
      status('What wakes somebody', 4, alarms('page')),
    );
    overview.addWidgets(
      graph(
        'Applications',
        ['ApplicationsDecided', 'ApplicationsReferred', 'RecordsQuarantined'].map((name) =>
          stream.metricConsumer(name),
        ),
      ),
      graph('How far behind the stream is read', [stream.alarms.behind.metric]),
      graph(
        'Model service: seconds to answer',
        ['p50', 'p95', 'p99'].map((each) => modelService.metricResponseTime(each)),
      ),
    );
    overview.addWidgets(
      graph('Seconds that the oldest case waits for a person', [handlerMetric('review-watch', 'QueueAge', 'Maximum')]),
      graph('Failed records that wait', [stream.failures.queue.metricApproximateNumberOfMessagesVisible()]),
      graph('Entries that wait for the audit log', [
        props.foundation.auditTrail.queue.metricApproximateAgeOfOldestMessage(),
      ]),
    );
    overview.addWidgets(status('What can wait for the day', 8, alarms('ticket')));
    return overview;
  }
}

function status(title: string, height: number, alarms: AlarmStatusWidgetProps['alarms']): AlarmStatusWidget {
  return new AlarmStatusWidget({ title, width: 24, height, alarms });
}

/** From what the others stand on to what stands on them. */
function stacksOf(props: MonitoringStackProps): Stack[] {
  const { foundation, decision, serving, outcomes, oversight, ingestion, assurance, history, training } = props;
  return [foundation, decision, serving, outcomes, oversight, ingestion, assurance, history, training];
}
