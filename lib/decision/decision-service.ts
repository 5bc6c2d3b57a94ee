import type { Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, type ITable, type Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { DecisionsEnvironment } from '../../lambdas/decisions/environment.ts';
import type { DecisionEnvironment } from '../../lambdas/patterns/decision/environment.ts';
import type { RungName } from '../../lambdas/patterns/decision/rungs.ts';
import { dataTable } from '../common/data-table.ts';
import { grantReadItems, grantWriteItems } from '../common/grants.ts';
import { HandlerFunction } from '../common/handler-function.ts';
import { DecisionModes } from './decision-modes.ts';
import { type RungAlarmName, rungAlarms, rungMetric } from './rung-alarms.ts';

export interface DecisionServiceProps {
  /** Decisions, by `applicationId`; the first write of each wins. */
  readonly decisions: ITable;
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /**
   * The dimension `service` of the handler that decides: its folder in `lambdas/`.
   * @default 'consumer'
   */
  readonly decider?: string;
  /**
   * Whether the tables go with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

/**
 * What decisions need that degrade safely: a place for the applications that wait, the state of the breakers that all
 * instances share, the modes, an alarm for each rung of the ladder (`schemas/rungs.json`), and the handler that tells
 * an applicant what was decided and why.
 */
export class DecisionService extends Construct {
  /** Applications that were not decided and are taken up again, by `applicationId`. They hold personal data. */
  readonly kept: Table;
  /** Breakers, and the configuration that was recorded last, by `name`: a few items. */
  readonly breakers: Table;
  readonly modes: DecisionModes;
  readonly alarms: Readonly<Record<RungAlarmName, Alarm>>;
  /** The part of a decider's environment that comes from here. */
  readonly environment: Pick<DecisionEnvironment, 'DECISIONS_TABLE' | 'KEPT_TABLE' | 'BREAKERS_TABLE' | 'MODES'>;
  /** `GET /decisions/{applicationId}`. */
  readonly explain: HandlerFunction;
  readonly #decider: string;
  readonly #decisions: ITable;

  constructor(scope: Construct, id: string, props: DecisionServiceProps) {
    super(scope, id);
    this.#decider = props.decider ?? 'consumer';
    this.#decisions = props.decisions;
    this.kept = this.#table('Kept', 'applicationId', props);
    this.breakers = this.#table('Breakers', 'name', props);
    this.alarms = rungAlarms(this, props.alarmTopic, this.#decider);
    this.modes = new DecisionModes(this, 'Modes', {
      encryptionKey: props.encryptionKey,
      rollBackAlarm: this.alarms.modeUnknown,
    });
    this.environment = {
      DECISIONS_TABLE: props.decisions.tableName,
      KEPT_TABLE: this.kept.tableName,
      BREAKERS_TABLE: this.breakers.tableName,
      MODES: this.modes.address,
    };
    this.explain = this.#explain(props);
  }

  #explain({ decisions, encryptionKey, alarmTopic }: DecisionServiceProps): HandlerFunction {
    const environment: DecisionsEnvironment = {
      DECISIONS_TABLE: decisions.tableName,
      KEPT_TABLE: this.kept.tableName,
    };
    const explain = new HandlerFunction(this, 'Explain', {
      handler: 'decisions',
      environment,
      encryptionKey,
      alarmTopic,
    });
    for (const table of [decisions, this.kept]) grantReadItems(table, explain);
    return explain;
  }

  /** Applications that a rung dealt with, summed per minute. */
  metricRung(rung: RungName): Metric {
    return rungMetric(this.#decider, rung);
  }

  /** Lets a principal decide: record, keep, share breakers and read the mode. */
  grantDecide(grantee: IGrantable): void {
    grantWriteItems(this.#decisions, grantee, 'dynamodb:PutItem');
    grantWriteItems(this.kept, grantee, 'dynamodb:PutItem');
    grantReadItems(this.breakers, grantee);
    grantWriteItems(this.breakers, grantee, 'dynamodb:UpdateItem');
    this.modes.grantRead(grantee);
  }

  #table(id: string, key: string, { encryptionKey, destroyData }: DecisionServiceProps): Table {
    return dataTable(this, id, { partitionKey: { name: key, type: AttributeType.STRING }, encryptionKey, destroyData });
  }
}
