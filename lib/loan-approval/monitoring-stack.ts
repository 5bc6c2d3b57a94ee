import { Stack, type StackProps } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmRule,
  AlarmStatusWidget,
  CompositeAlarm,
  Dashboard,
  GraphWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Construct } from 'constructs';
import { alarmPeriod, runbook } from '../monitoring/alarms.ts';
import type { FoundationStack } from './foundation-stack.ts';
import type { HistoryStack } from './history-stack.ts';
import type { IngestionStack } from './ingestion-stack.ts';
import type { ServingStack } from './serving-stack.ts';

export interface MonitoringStackProps extends StackProps {
  readonly foundation: FoundationStack;
  readonly serving: ServingStack;
  readonly ingestion: IngestionStack;
  readonly history: HistoryStack;
}

/** One page to look at, and one alarm that says whether applicants are harmed. */
export class MonitoringStack extends Stack {
  readonly dashboard: Dashboard;
  readonly serviceAtRisk: CompositeAlarm;

  constructor(scope: Construct, id: string, props: MonitoringStackProps) {
    super(scope, id, props);
    const { ingestion, serving } = props;
    const stream = ingestion.ingestion;
    this.serviceAtRisk = new CompositeAlarm(this, 'ServiceAtRisk', {
      alarmDescription: `Applications are not taken in, not decided, or decided without the model. ${runbook}#service-at-risk`,
      alarmRule: AlarmRule.anyOf(
        ingestion.alarms.intakeErrors,
        stream.alarms.iteratorAge,
        stream.alarms.consumerErrors,
        serving.modelService.alarms.noTasks,
      ),
    });
    this.serviceAtRisk.addAlarmAction(new SnsAction(props.foundation.alarmTopic));

    const period = alarmPeriod;
    this.dashboard = new Dashboard(this, 'Dashboard');
    this.dashboard.addWidgets(
      new AlarmStatusWidget({ title: 'Alarms', width: 24, height: 4, alarms: alarmsOf(props) }),
    );
    this.dashboard.addWidgets(
      new GraphWidget({
        title: 'Applications',
        width: 8,
        left: ['ApplicationsDecided', 'ApplicationsReferred', 'RecordsQuarantined'].map((name) =>
          stream.metricConsumer(name),
        ),
      }),
      new GraphWidget({
        title: 'How far behind the stream is read',
        width: 8,
        left: [stream.stream.metricGetRecordsIteratorAgeMilliseconds({ period, statistic: 'Maximum' })],
      }),
      new GraphWidget({
        title: 'Model service: seconds to answer',
        width: 8,
        left: ['p50', 'p95', 'p99'].map((statistic) =>
          serving.modelService.targetGroup.metrics.targetResponseTime({ period, statistic }),
        ),
      }),
    );
  }
}

function alarmsOf({ foundation, serving, ingestion, history }: MonitoringStackProps): Alarm[] {
  return [
    foundation.auditTrail.alarms,
    serving.modelService.alarms,
    ingestion.alarms,
    ingestion.ingestion.alarms,
    history.history.alarms,
  ].flatMap((alarms) => Object.values(alarms));
}
