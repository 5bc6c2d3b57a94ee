import {
  type Attribute,
  AttributeType,
  BillingMode,
  ProjectionType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { dayAttribute, dayIndex } from '../../lambdas/patterns/day-index/day-index.ts';
import { acknowledge } from './acknowledge.ts';
import { dataRemoval, destroysData } from './removal.ts';

export interface DataTableProps {
  readonly partitionKey: Attribute;
  /** @default - the partition key alone names an item */
  readonly sortKey?: Attribute;
  readonly encryptionKey: IKey;
  /**
   * Whether the items go with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

/** A table for data: customer key, restorable to any second, and it stays when its stack goes unless both keys say otherwise. */
export function dataTable(scope: Construct, id: string, props: DataTableProps): Table {
  const table = new Table(scope, id, {
    partitionKey: props.partitionKey,
    sortKey: props.sortKey,
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.CUSTOMER_MANAGED,
    encryptionKey: props.encryptionKey,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: !destroysData(scope, props.destroyData),
    removalPolicy: dataRemoval(scope, props.destroyData),
  });
  acknowledge(table, {
    'NIST.800.53.R5-DynamoDBInBackupPlan': 'It can be restored to any second of the last 35 days, without a plan',
  });
  return table;
}

/** Lets what was written on a day be found (`grantReadDays`); its writers say the day (`inDayIndex`). It holds keys only. */
export function addDayIndex(table: Table): void {
  table.addGlobalSecondaryIndex({
    indexName: dayIndex,
    partitionKey: { name: dayAttribute, type: AttributeType.STRING },
    projectionType: ProjectionType.KEYS_ONLY,
  });
}
