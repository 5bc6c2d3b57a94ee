import { Token } from 'aws-cdk-lib';
import { AttributeType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { dataTable } from '../common/data-table.ts';
import { grantWriteItems } from '../common/grants.ts';
import { Problems } from '../common/problems.ts';

export interface OnlineFeaturesProps {
  readonly encryptionKey: IKey;
  /**
   * First day, YYYY-MM-DD, whose applications the stream counts, and their outcomes with them. Earlier applications
   * belong to the history: the back-fill counts them, with the same day.
   * @default - the stream counts every application
   */
  readonly since?: string;
  /**
   * Whether the counts go with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

/**
 * What was known of an applicant, an industry and a region when an application came: counts of applications and of
 * outcomes by day, in items of a month.
 */
export class OnlineFeatures extends Construct {
  /** Counts by `entity` and `month`, and a marker for each event that the stream has counted. */
  readonly table: Table;
  /** First day whose applications the stream counts. */
  readonly since: string;

  constructor(scope: Construct, id: string, props: OnlineFeaturesProps) {
    super(scope, id);
    this.since = props.since ?? '0001-01-01';
    const isDay = Token.isUnresolved(this.since) || /^\d{4}-\d{2}-\d{2}$/.test(this.since);
    new Problems('OnlineFeatures').check(isDay, 'since', this.since, 'set a day, YYYY-MM-DD').throwIfAny();
    this.table = dataTable(this, 'Counts', {
      partitionKey: { name: 'entity', type: AttributeType.STRING },
      sortKey: { name: 'month', type: AttributeType.STRING },
      encryptionKey: props.encryptionKey,
      destroyData: props.destroyData,
    });
  }

  /** Lets a principal read the counts of a group. */
  grantRead(grantee: IGrantable): Grant {
    this.table.encryptionKey?.grant(grantee, 'kms:Decrypt', 'kms:DescribeKey');
    return this.table.grant(grantee, 'dynamodb:Query');
  }

  /** Lets a principal count: put markers and add to counters. */
  grantCount(grantee: IGrantable): Grant {
    return grantWriteItems(this.table, grantee, 'dynamodb:PutItem', 'dynamodb:UpdateItem');
  }
}
