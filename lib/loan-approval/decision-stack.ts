import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { StatusEnvironment } from '../../lambdas/status/environment.ts';
import { acknowledge } from '../common/acknowledge.ts';
import { addDayIndex, dataTable } from '../common/data-table.ts';
import { grantReadItems } from '../common/grants.ts';
import { HandlerFunction } from '../common/handler-function.ts';
import { dataRemoval } from '../common/removal.ts';
import { DecisionService } from '../decision/decision-service.ts';
import type { FoundationStack } from './foundation-stack.ts';

export interface DecisionStackProps extends StackProps {
  readonly foundation: FoundationStack;
  /**
   * Whether the tables and the key of pseudonyms go with the stack; it takes the context flag `seaworthy:destroyData`
   * as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

/** What is known of each application: that it was received, and what was decided on it. */
export class DecisionStack extends Stack {
  /** Claims of application ids, by `applicationId`. */
  readonly applications: Table;
  /** Decisions, by `applicationId`; the first write of each wins. */
  readonly decisions: Table;
  /** Makes the keys of pseudonyms; it never leaves KMS. */
  readonly pseudonymKey: Key;
  readonly status: HandlerFunction;
  /** Breakers, modes, applications that wait, alarms of the rungs. */
  readonly service: DecisionService;

  constructor(scope: Construct, id: string, props: DecisionStackProps) {
    super(scope, id, props);
    const { key, alarmTopic } = props.foundation;
    this.applications = this.#createTable('Applications', props);
    this.decisions = this.#createTable('Decisions', props);
    addDayIndex(this.decisions);
    this.pseudonymKey = new Key(this, 'PseudonymKey', {
      description: 'Makes the keys of pseudonyms, one for each purpose',
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
      // Without it no pseudonym can be made again: a person's records could not be found any more.
      removalPolicy: dataRemoval(this, props.destroyData),
    });
    acknowledge(this.pseudonymKey, {
      CKV_AWS_7: 'KMS rotates no key that makes codes: earlier pseudonyms could not be made again',
    });
    const environment: StatusEnvironment = {
      APPLICATIONS_TABLE: this.applications.tableName,
      DECISIONS_TABLE: this.decisions.tableName,
    };
    this.status = new HandlerFunction(this, 'Status', {
      handler: 'status',
      environment,
      encryptionKey: key,
      alarmTopic,
    });
    for (const table of [this.applications, this.decisions]) grantReadItems(table, this.status);
    this.service = new DecisionService(this, 'DecisionService', {
      decisions: this.decisions,
      encryptionKey: key,
      alarmTopic,
      destroyData: props.destroyData,
    });

    new CfnOutput(this, 'ApplicationsTableName', { value: this.applications.tableName });
    new CfnOutput(this, 'DecisionsTableName', { value: this.decisions.tableName });
    new CfnOutput(this, 'KeptTableName', { value: this.service.kept.tableName });
    const { modes } = this.service;
    new CfnOutput(this, 'Modes', { value: modes.address });
    new CfnOutput(this, 'ModeStrategies', { value: modes.strategies });
  }

  #createTable(id: string, { foundation, destroyData }: DecisionStackProps): Table {
    return dataTable(this, id, {
      partitionKey: { name: 'applicationId', type: AttributeType.STRING },
      encryptionKey: foundation.key,
      destroyData,
    });
  }
}
