import { Stack, type StackProps } from 'aws-cdk-lib';
import {
  AlarmRule,
  AlarmStatusWidget,
  CompositeAlarm,
  Dashboard,
  GraphWidget,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Construct } from 'constructs';
import { alarmRecords, runbooks } from '../monitoring/alarms.ts';
import type { DecisionStack } from './decision-stack.ts';
import type { FoundationStack } from './foundation-stack.ts';
import type { HistoryStack } from './history-stack.ts';
import type { IngestionStack } from './ingestion-stack.ts';
import type { OutcomesStack } from './outcomes-stack.ts';
import type { OversightStack } from './oversight-stack.ts';
import type { ServingStack } from './serving-stack.ts';

export interface MonitoringStackProps extends StackProps {
  readonly foundation: FoundationStack;
  readonly decision: DecisionStack;
  readonly serving: ServingStack;
  readonly outcomes: OutcomesStack;
  readonly oversight: OversightStack;
  readonly ingestion: IngestionStack;
  readonly history: HistoryStack;
}

/** One page to look at, and one alarm that says whether applicants are harmed. */
export class MonitoringStack extends Stack {
  readonly dashboard: Dashboard;
  readonly serviceAtRisk: CompositeAlarm;

  constructor(scope: Construct, id: string, props: MonitoringStackProps) {
    super(scope, id, props);
    this.serviceAtRisk = this.#createServiceAtRisk(props);
    this.dashboard = new Dashboard(this, 'Dashboard');
    this.dashboard.addWidgets(
      new AlarmStatusWidget({
        title: 'Alarms',
        width: 24,
        height: 6,
        alarms: stacksOf(props)
          .flatMap(alarmRecords)
          .map(({ alarm }) => alarm),
      }),
    );
    const stream = props.ingestion.ingestion;
    const { modelService } = props.serving;
    this.dashboard.addWidgets(
      graph('Applications', [
        stream.metricConsumer('ApplicationsDecided'),
        stream.metricConsumer('ApplicationsReferred'),
        stream.metricConsumer('RecordsQuarantined'),
      ]),
      graph('How far behind the stream is read', [stream.alarms.behind.metric]),
      graph(
        'Model service: seconds to answer',
        ['p50', 'p95', 'p99'].map((statistic) => modelService.metricResponseTime(statistic)),
      ),
    );
  }

  #createServiceAtRisk({ foundation, ingestion, serving }: MonitoringStackProps): CompositeAlarm {
    const stream = ingestion.ingestion;
    const alarm = new CompositeAlarm(this, 'ServiceAtRisk', {
      alarmDescription: `Applications are not taken in, not decided, or decided without the model. ${runbooks}/service.md#at-risk`,
      alarmRule: AlarmRule.anyOf(
        ingestion.alarms.apiErrors,
        ingestion.alarms.modelUnavailable,
        stream.alarms.behind,
        stream.alarms.stalled,
        stream.alarms.recordsDropped,
        stream.consumer.alarms.errors,
        serving.modelService.alarms.noTasks,
      ),
    });
    const action = new SnsAction(foundation.alarmTopic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  }
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, width: 8, left });
}

function stacksOf({
  foundation,
  decision,
  serving,
  outcomes,
  oversight,
  ingestion,
  history,
}: MonitoringStackProps): Stack[] {
  return [foundation, decision, serving, outcomes, oversight, ingestion, history];
}
