import { Duration, Size } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { SequencerEnvironment } from '../../lambdas/sequencer/environment.ts';
import { grantReadItems, grantReadWriteObjects, grantWriteItems } from '../common/grants.ts';
import { HandlerFunction } from '../common/handler-function.ts';

/** The longest of one invocation. A queue hides what it handed over for six times as long, as AWS asks. */
export const sequencerTimeout = Duration.minutes(1);

export interface SequencerProps {
  readonly origin: string;
  readonly bucket: IBucket;
  readonly queue: IQueue;
  readonly deadLetters: IQueue;
  readonly ledger: ITable;
  readonly subjectKeys: ITable;
  readonly wrappingKey: IKey;
  readonly signingKey: IKey;
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /** How long entries are gathered for one batch. */
  readonly batchingWindow: Duration;
  /** Most entries of one batch. */
  readonly batchSize: number;
}

/** The one function that appends to the log, with just the rights that it takes. */
export function sequencer(scope: Construct, props: SequencerProps): HandlerFunction {
  const environment: SequencerEnvironment = {
    AUDIT_BUCKET: props.bucket.bucketName,
    LEDGER_TABLE: props.ledger.tableName,
    SUBJECT_KEYS_TABLE: props.subjectKeys.tableName,
    WRAPPING_KEY_ID: props.wrappingKey.keyArn,
    SIGNING_KEY_ID: props.signingKey.keyArn,
    LOG_ORIGIN: props.origin,
    DEAD_LETTERS_URL: props.deadLetters.queueUrl,
  };
  const handler = new HandlerFunction(scope, 'Sequencer', {
    handler: 'sequencer',
    environment,
    encryptionKey: props.encryptionKey,
    alarmTopic: props.alarmTopic,
    timeout: sequencerTimeout,
    memory: Size.mebibytes(1024),
    // Two do no harm (the head's condition lets one of them win), but the second would only work in vain.
    reservedConcurrency: 1,
  });
  handler.function.addEventSource(
    new SqsEventSource(props.queue, {
      batchSize: props.batchSize,
      maxBatchingWindow: props.batchingWindow,
      // The least that Lambda takes. By default it would begin with five, four of them refused.
      maxConcurrency: 2,
    }),
  );
  grantReadWriteObjects(props.bucket, handler);
  const ledgerActions = ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:UpdateItem'];
  grantReadItems(props.ledger, handler);
  grantWriteItems(props.ledger, handler, ...ledgerActions);
  grantReadItems(props.subjectKeys, handler);
  grantWriteItems(props.subjectKeys, handler, 'dynamodb:PutItem', 'dynamodb:UpdateItem');
  props.wrappingKey.grant(handler, 'kms:GenerateDataKey', 'kms:Decrypt');
  props.signingKey.grant(handler, 'kms:Sign', 'kms:GetPublicKey');
  props.deadLetters.grant(handler, 'sqs:SendMessage');
  props.encryptionKey.grant(handler, 'kms:GenerateDataKey');
  return handler;
}
