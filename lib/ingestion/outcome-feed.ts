import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, type ITable, type Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { OutcomesEnvironment } from '../../lambdas/outcomes/environment.ts';
import { addDayIndex, dataTable } from '../common/data-table.ts';
import { grantReadItems, grantWriteItems } from '../common/grants.ts';
import { HandlerFunction } from '../common/handler-function.ts';
import { Problems } from '../common/problems.ts';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';
import type { OnlineFeatures } from './online-features.ts';

export interface OutcomeFeedProps {
  /** Decisions by `applicationId`: an outcome is taken only of an application that was decided. */
  readonly decisions: ITable;
  /** Where outcomes are counted, in the transaction that records them. */
  readonly features: OnlineFeatures;
  /** Encrypts the table and the handler's log. */
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /**
   * How long the feed may be silent before an alarm rings; whole hours, a week at most.
   * @default - 1 day
   */
  readonly silenceAfter?: Duration;
  /**
   * Whether the outcomes go with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

type AlarmName = 'contradicted' | 'refused' | 'silence';

/**
 * How loans ended: a table in which a version is never overwritten, and the handler that records them.
 *
 * Everything that tells whether decisions were right stands on it, so its silence is an alarm of its own.
 */
export class OutcomeFeed extends Construct {
  /** Versions of outcomes by `applicationId` and `version`; the last version holds. */
  readonly table: Table;
  readonly handler: HandlerFunction;
  readonly alarms: Readonly<Record<AlarmName, Alarm>>;

  constructor(scope: Construct, id: string, props: OutcomeFeedProps) {
    super(scope, id);
    const { silenceAfter = Duration.days(1) } = props;
    new Problems('OutcomeFeed').within('silenceAfter, in hours,', silenceAfter.toHours(), 1, 168).throwIfAny();
    this.table = dataTable(this, 'Outcomes', {
      partitionKey: { name: 'applicationId', type: AttributeType.STRING },
      sortKey: { name: 'version', type: AttributeType.NUMBER },
      encryptionKey: props.encryptionKey,
      destroyData: props.destroyData,
    });
    addDayIndex(this.table);
    const environment: OutcomesEnvironment = {
      DECISIONS_TABLE: props.decisions.tableName,
      OUTCOMES_TABLE: this.table.tableName,
      FEATURES_TABLE: props.features.table.tableName,
      FEATURES_SINCE: props.features.since,
    };
    this.handler = new HandlerFunction(this, 'Handler', {
      handler: 'outcomes',
      environment,
      encryptionKey: props.encryptionKey,
      alarmTopic: props.alarmTopic,
    });
    grantReadItems(props.decisions, this.handler);
    grantWriteItems(this.table, this.handler, 'dynamodb:PutItem', 'dynamodb:ConditionCheckItem', 'dynamodb:Query');
    props.features.grantCount(this.handler);
    this.alarms = this.#createAlarms(props.alarmTopic, silenceAfter);
  }

  /** A metric that the handler writes itself, summed per minute. */
  metric(metricName: 'OutcomesRecorded' | 'OutcomesCorrected' | 'OutcomesContradicted' | 'OutcomesRefused'): Metric {
    const dimensionsMap = { service: this.handler.service };
    return new Metric({ namespace: 'Seaworthy', metricName, dimensionsMap, statistic: 'Sum', period: alarmPeriod });
  }

  #createAlarms(topic: ITopic, silenceAfter: Duration) {
    const hours = silenceAfter.toHours();
    return createAlarms<AlarmName>(this, topic, 'outcome-feed', {
      contradicted: {
        metric: this.metric('OutcomesContradicted'),
        meaning: 'An outcome contradicts the one that is recorded: two systems disagree on how a loan ended.',
        threshold: 1,
      },
      refused: {
        metric: this.metric('OutcomesRefused'),
        meaning: 'Outcomes are refused as invalid or of unknown applications: the sender has changed.',
        threshold: 5,
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
      },
      silence: {
        metric: this.metric('OutcomesRecorded').with({ period: Duration.hours(1) }),
        meaning: `No outcome came for ${hours} hours: nobody can tell any more whether decisions are right.`,
        comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
        threshold: 1,
        evaluationPeriods: hours,
        ringsWhenMissing: true,
      },
    });
  }
}
