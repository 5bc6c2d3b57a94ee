import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { OnlineFeatures } from '../ingestion/online-features.ts';
import { OutcomeFeed } from '../ingestion/outcome-feed.ts';
import type { DecisionStack } from './decision-stack.ts';
import type { FoundationStack } from './foundation-stack.ts';

export interface OutcomesStackProps extends StackProps {
  readonly foundation: FoundationStack;
  readonly decision: DecisionStack;
  /**
   * First day whose applications the stream counts for the online features; earlier ones are the history's.
   * @default - the stream counts every application
   */
  readonly featuresSince?: string;
  /**
   * Whether the outcomes and the counts go with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

/** What is learned after a decision: how the loans ended, and what is thus known of whoever applies next. */
export class OutcomesStack extends Stack {
  readonly feed: OutcomeFeed;
  readonly features: OnlineFeatures;

  constructor(scope: Construct, id: string, props: OutcomesStackProps) {
    super(scope, id, props);
    const { key, alarmTopic } = props.foundation;
    this.features = new OnlineFeatures(this, 'OnlineFeatures', {
      encryptionKey: key,
      since: props.featuresSince,
      destroyData: props.destroyData,
    });
    this.feed = new OutcomeFeed(this, 'OutcomeFeed', {
      decisions: props.decision.decisions,
      features: this.features,
      encryptionKey: key,
      alarmTopic,
      destroyData: props.destroyData,
    });
    new CfnOutput(this, 'OutcomesTableName', { value: this.feed.table.tableName });
    new CfnOutput(this, 'FeaturesTableName', { value: this.features.table.tableName });
  }
}
