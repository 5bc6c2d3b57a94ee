// The CDK app of the streams' tests: what one consumer needs, and nothing of the case study's network.
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Bucket, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { ConsumerEnvironment } from '../../../lambdas/consumer/environment.ts';
import { AuditTrail } from '../../../lib/governance/audit-trail.ts';
import { Redrive } from '../../../lib/ingestion/redrive.ts';
import { StreamIngestion } from '../../../lib/ingestion/stream-ingestion.ts';
import { reviewSettings } from '../../../lib/oversight/review-rules.ts';
import { bundleHandlers } from '../../../scripts/bundle.ts';
import { newApp } from '../../lib/app.ts';

/** Address of the stand-in of the model service. */
const modelUrl = process.env['MODEL_URL'] ?? '';

await bundleHandlers();
const app = newApp();
const stack = new Stack(app, 'Streams');
const shared = {
  encryptionKey: new Key(stack, 'Key'),
  alarmTopic: new Topic(stack, 'Topic'),
  accessLogs: new Bucket(stack, 'AccessLogs'),
};
const auditTrail = new AuditTrail(stack, 'AuditTrail', {
  ...shared,
  retention: ObjectLockRetention.governance(Duration.days(1)),
  batchingWindow: Duration.seconds(1),
});
const pseudonymKey = new Key(stack, 'PseudonymKey', {
  keySpec: KeySpec.HMAC_256,
  keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
});
// People decide in the case study; here it is enough that a case can be opened.
const cases = new Table(stack, 'Cases', { partitionKey: { name: 'caseId', type: AttributeType.STRING } });
const workflow = new StateMachine(stack, 'Workflow', {
  definitionBody: DefinitionBody.fromChainable(new Pass(stack, 'Nothing')),
});

function consume(id: string): void {
  const decisions = new Table(stack, `${id}Table`, {
    partitionKey: { name: 'applicationId', type: AttributeType.STRING },
  });
  const environment: Omit<ConsumerEnvironment, 'FAILURE_BUCKET'> = {
    DECISIONS_TABLE: decisions.tableName,
    AUDIT_QUEUE_URL: auditTrail.queue.queueUrl,
    MODEL_URL: modelUrl,
    PSEUDONYM_KEY_ID: pseudonymKey.keyArn,
    COST_RATIO: '5',
    REFER_MARGIN: '0.02',
    STATES_NOT_SERVED: 'PR',
    CASES_TABLE: cases.tableName,
    WORKFLOW_ARN: workflow.stateMachineArn,
    REVIEW_SETTINGS: JSON.stringify(reviewSettings({ auditShare: 0 })),
  };
  const ingestion = new StreamIngestion(stack, id, { ...shared, handler: 'consumer', environment, retryAttempts: 1 });
  const redrive = new Redrive(stack, `${id}Redriving`, {
    ...shared,
    handler: 'redrive',
    environment: { STATES_NOT_SERVED: 'PR' },
    ingestion,
    auditTrail,
  });
  const outputs = {
    Stream: ingestion.stream.streamName,
    Consumer: ingestion.consumer.function.functionName,
    Redriver: redrive.handler.function.functionName,
    Decisions: decisions.tableName,
    Failures: ingestion.failures.bucket.bucketName,
    Pointers: ingestion.failures.queue.queueUrl,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, `${id}${name}`, { value });
}

consume('Kinesis');
new CfnOutput(stack, 'AuditBucket', { value: auditTrail.bucket.bucketName });
new CfnOutput(stack, 'AuditLedger', { value: auditTrail.ledger.tableName });
new CfnOutput(stack, 'AuditQueue', { value: auditTrail.queue.queueUrl });
app.synth();
