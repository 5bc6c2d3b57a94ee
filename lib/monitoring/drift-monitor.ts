import { Duration } from 'aws-cdk-lib';
import type { Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, type ITable, type Table } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { DriftEnvironment } from '../../lambdas/drift/environment.ts';
import type { ModeOnRing } from '../../lambdas/patterns/drift-monitor/answer.ts';
import { dataTable } from '../common/data-table.ts';
import { grantReadDays, grantReadItems, grantReadObjects, grantWriteItems } from '../common/grants.ts';
import { HandlerFunction } from '../common/handler-function.ts';
import { Problems } from '../common/problems.ts';
import type { DecisionModes } from '../decision/decision-modes.ts';
import type { AuditTrail } from '../governance/audit-trail.ts';
import { type DriftAlarmName, driftAlarms } from './drift-alarms.ts';
import { handlerMetric } from './widgets.ts';

export interface DriftMonitorProps {
  /** Decisions by `applicationId`, with an index by day (`addDayIndex`). */
  readonly decisions: ITable;
  /** Versions of outcomes by `applicationId` and `version`, with an index by day. */
  readonly outcomes: ITable;
  /** Bucket of the model registry, and where the model's versions are in it: a prefix without a slash at its end. */
  readonly registry: IBucket;
  readonly model: string;
  /** What is switched when outcomes ring. */
  readonly modes: DecisionModes;
  readonly auditTrail: AuditTrail;
  /** Encrypts the table and the handler's log. */
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /**
   * The mode that is switched to when outcomes ring, unless a stricter one holds. In `degraded` the scorecard goes on
   * deciding, which has learned from the same years as the model.
   * @default 'manual'
   */
  readonly onRing?: ModeOnRing;
  /**
   * When it runs. It judges months that are over, so that more than once a day tells nothing sooner.
   * @default - at 03:00 UTC, every day
   */
  readonly schedule?: Schedule;
  /**
   * Cost of a bad loan accepted over the cost of a good one refused, 0.01 to 1000.
   * @default 5
   */
  readonly costRatio?: number;
  /**
   * Whether the sums go with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

/** Metrics that the handler writes at each run. */
export type DriftMetricName =
  | 'DriftRuns'
  | 'VersionsWithoutReference'
  | 'OutcomesRing'
  | 'OutcomeEvidence'
  | 'ObservedDefaults'
  | 'ExpectedDefaults'
  | 'FeaturesDrifted'
  | 'ScorePsi'
  | 'ScoreKs'
  | 'LargestFeaturePsi'
  | 'MaturedLoans'
  | 'MaturedBrier'
  | 'MaturedCost'
  | 'LossBudgetUsed';

/**
 * Compares, on a schedule, who applies now with who applied when the model was trained, and the loans that it approved with
 * what it had said of them. When far more default, it takes the decisions to people: see docs/drift.md.
 */
export class DriftMonitor extends Construct {
  /** Sums by day, of nobody in particular, and what a run hands on to the next; by `month` and `part`. */
  readonly state: Table;
  readonly handler: HandlerFunction;
  readonly schedule: Rule;
  readonly alarms: Readonly<Record<DriftAlarmName, Alarm>>;

  constructor(scope: Construct, id: string, props: DriftMonitorProps) {
    super(scope, id);
    const { encryptionKey, alarmTopic, costRatio = 5 } = props;
    new Problems('DriftMonitor').within('costRatio', costRatio, 0.01, 1000).throwIfAny();
    this.state = dataTable(this, 'State', {
      partitionKey: { name: 'month', type: AttributeType.STRING },
      sortKey: { name: 'part', type: AttributeType.STRING },
      encryptionKey,
      destroyData: props.destroyData,
    });
    const environment: DriftEnvironment = {
      DECISIONS_TABLE: props.decisions.tableName,
      OUTCOMES_TABLE: props.outcomes.tableName,
      STATE_TABLE: this.state.tableName,
      MODEL_REGISTRY: props.registry.s3UrlForObject(props.model),
      MODES: props.modes.address,
      MODE_STRATEGIES: props.modes.strategies,
      AUDIT_QUEUE_URL: props.auditTrail.queue.queueUrl,
      ON_RING: props.onRing ?? 'manual',
      COST_RATIO: String(costRatio),
    };
    this.handler = new HandlerFunction(this, 'Handler', {
      handler: 'drift',
      environment,
      encryptionKey,
      alarmTopic,
      timeout: Duration.minutes(10),
      // Two at a time would do no harm but switch twice.
      reservedConcurrency: 1,
    });
    this.#grant(props);
    this.schedule = new Rule(this, 'Daily', {
      schedule: props.schedule ?? Schedule.cron({ hour: '3', minute: '0' }),
      targets: [new LambdaFunction(this.handler.function, { retryAttempts: 2, maxEventAge: Duration.hours(6) })],
    });
    this.alarms = driftAlarms(this, alarmTopic, this);
  }

  /** A metric that the handler writes at each run, the largest of a day. */
  metric(name: DriftMetricName, statistic = 'Maximum'): Metric {
    return handlerMetric(this.handler.service, name, statistic, Duration.days(1));
  }

  /** Difference between the groups of applicants with the highest and the lowest rate, by kind of group, in points. */
  metricGap(name: 'ApprovalGap' | 'DefaultGap', kind: string): Metric {
    const metric = handlerMetric(this.handler.service, name, 'Maximum', Duration.days(1));
    return metric.with({ dimensionsMap: { service: this.handler.service, kind }, label: kind });
  }

  #grant({ decisions, outcomes, registry, model, modes, auditTrail }: DriftMonitorProps): void {
    for (const table of [decisions, outcomes]) grantReadDays(table, this.handler);
    grantReadItems(this.state, this.handler);
    grantWriteItems(this.state, this.handler, 'dynamodb:PutItem');
    Grant.addToPrincipal({
      grantee: this.handler,
      actions: ['dynamodb:Scan'],
      resourceArns: [this.state.tableArn],
    });
    grantReadObjects(registry, this.handler, `${model}/`);
    modes.grantSwitch(this.handler.role);
    auditTrail.grantAppend(this.handler);
  }
}
