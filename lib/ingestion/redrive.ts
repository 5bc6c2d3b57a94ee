import { Duration } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { grantObjects } from '../common/grants.ts';
import { HandlerFunction } from '../common/handler-function.ts';
import type { AuditTrail } from '../governance/audit-trail.ts';
import type { StreamIngestion } from './stream-ingestion.ts';

export interface RedriveProps {
  /** Name of the bundled handler that redrives. */
  readonly handler: string;
  /** What the handler needs beside what this construct gives it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whose failed records are redriven, by its own consumer. */
  readonly ingestion: StreamIngestion;
  /** Told of who redrove what. */
  readonly auditTrail: AuditTrail;
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
}

/**
 * Delivers failed records of a stream again, on demand: `npm run redrive`.
 *
 * It gives them to the consumer itself, in the form in which the stream had delivered them, so that it works alike for
 * every source and has no rights on what the consumer writes.
 */
export class Redrive extends Construct {
  readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, props: RedriveProps) {
    super(scope, id);
    const { failures, consumer } = props.ingestion;
    this.handler = new HandlerFunction(this, 'Handler', {
      handler: props.handler,
      environment: {
        ...props.environment,
        FAILURE_BUCKET: failures.bucket.bucketName,
        FAILURE_QUEUE_URL: failures.queue.queueUrl,
        CONSUMER: consumer.function.functionName,
        AUDIT_QUEUE_URL: props.auditTrail.queue.queueUrl,
      },
      encryptionKey: props.encryptionKey,
      alarmTopic: props.alarmTopic,
      timeout: Duration.minutes(10),
    });
    const { handler } = this;
    Grant.addToPrincipal({
      grantee: handler,
      actions: ['s3:ListBucket'],
      resourceArns: [failures.bucket.bucketArn],
    });
    // One version of an object goes, once it was delivered: what failed again in the meantime stays.
    grantObjects(failures.bucket, handler, ['s3:GetObject', 's3:DeleteObjectVersion'], '', ['kms:Decrypt']);
    failures.queue.encryptionMasterKey?.grant(handler, 'kms:Decrypt');
    failures.queue.grant(handler, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility');
    Grant.addToPrincipal({
      grantee: handler,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [consumer.function.functionArn],
    });
    props.auditTrail.grantAppend(handler);
  }
}
