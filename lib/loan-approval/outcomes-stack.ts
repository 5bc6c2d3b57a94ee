import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { OutcomeFeed } from '../ingestion/outcome-feed.ts';
import type { DecisionStack } from './decision-stack.ts';
import type { FoundationStack } from './foundation-stack.ts';

export interface OutcomesStackProps extends StackProps {
  readonly foundation: FoundationStack;
  readonly decision: DecisionStack;
  /**
   * Whether the outcomes go with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

/** What is learned after a decision: how the loans ended. */
export class OutcomesStack extends Stack {
  readonly feed: OutcomeFeed;

  constructor(scope: Construct, id: string, props: OutcomesStackProps) {
    super(scope, id, props);
    const { key, alarmTopic } = props.foundation;
    this.feed = new OutcomeFeed(this, 'OutcomeFeed', {
      decisions: props.decision.decisions,
      encryptionKey: key,
      alarmTopic,
      destroyData: props.destroyData,
    });
    new CfnOutput(this, 'OutcomesTableName', { value: this.feed.table.tableName });
  }
}
