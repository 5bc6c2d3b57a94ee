// The CDK app of the streams' tests: what one consumer needs, and nothing of the case study's network.
import { CfnOutput, Duration, SecretValue, Stack } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Bucket, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { ConsumerEnvironment } from '../../../lambdas/consumer/environment.ts';
import { DecisionService } from '../../../lib/decision/decision-service.ts';
import { AuditTrail } from '../../../lib/governance/audit-trail.ts';
import { Redrive } from '../../../lib/ingestion/redrive.ts';
import { StreamArchive } from '../../../lib/ingestion/stream-archive.ts';
import { StreamIngestion } from '../../../lib/ingestion/stream-ingestion.ts';
import { type IStreamSource, StreamSource } from '../../../lib/ingestion/stream-source.ts';
import { reviewSettings } from '../../../lib/oversight/review-rules.ts';
import { bundleHandlers } from '../../../scripts/bundle.ts';
import { newApp } from '../../lib/app.ts';
import type { Broker } from './kafka/broker.ts';

/** Address of the stand-in of the model service. */
const modelUrl = process.env['MODEL_URL'] ?? '';

/** The broker, as the test has started it. */
const kafka: Pick<Broker, 'address' | 'username' | 'password' | 'certificate'> = JSON.parse(
  process.env['KAFKA'] ?? '{}',
);

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

function secret(id: string, value: Readonly<Record<string, string>>): Secret {
  const fields = Object.entries(value).map(([name, text]) => [name, SecretValue.unsafePlainText(text)]);
  return new Secret(stack, id, { secretObjectValue: Object.fromEntries(fields) });
}

function consume(id: string, source: IStreamSource): void {
  const decisions = new Table(stack, `${id}Table`, {
    partitionKey: { name: 'applicationId', type: AttributeType.STRING },
  });
  const service = new DecisionService(stack, `${id}Decisions`, { ...shared, decisions });
  const environment: Omit<ConsumerEnvironment, 'FAILURE_BUCKET'> = {
    ...service.environment,
    // There is no smaller model here: what the stand-in does not answer goes to people.
    MODEL_REGISTRY: shared.accessLogs.s3UrlForObject('models/none'),
    AUDIT_QUEUE_URL: auditTrail.queue.queueUrl,
    MODEL_URL: modelUrl,
    PSEUDONYM_KEY_ID: pseudonymKey.keyArn,
    COST_RATIO: '5',
    REFER_MARGIN: '0.02',
    STATES_NOT_SERVED: 'PR',
    CASES_TABLE: cases.tableName,
    STAGES_TABLE: 'none',
    WORKFLOW_ARN: workflow.stateMachineArn,
    REVIEW_SETTINGS: JSON.stringify(reviewSettings({ auditShare: 0 })),
  };
  const ingestion = new StreamIngestion(stack, id, {
    ...shared,
    handler: 'consumer',
    environment,
    source,
    retryAttempts: 1,
  });
  const redrive = new Redrive(stack, `${id}Redriving`, {
    ...shared,
    handler: 'redrive',
    environment: { STATES_NOT_SERVED: 'PR' },
    ingestion,
    auditTrail,
  });
  const archive = new StreamArchive(stack, `${id}Archiving`, {
    ...shared,
    handler: 'archiver',
    environment: { PSEUDONYM_KEY_ID: pseudonymKey.keyArn },
    ingestion,
    gatherFor: Duration.seconds(1),
  });
  const outputs = {
    Catalogue: archive.database.databaseName,
    Archive: archive.bucket.bucketName,
    ...(ingestion.source.stream && { Stream: ingestion.source.stream.streamName }),
    Consumer: ingestion.consumer.function.functionName,
    Redriver: redrive.handler.function.functionName,
    Decisions: decisions.tableName,
    Failures: ingestion.failures.bucket.bucketName,
    Pointers: ingestion.failures.queue.queueUrl,
  };
  for (const [name, value] of Object.entries(outputs))
    new CfnOutput(stack, `${id}${name}Output`, { value }).overrideLogicalId(`${id}${name}`);
}

consume('Kinesis', StreamSource.kinesis());
consume(
  'Kafka',
  StreamSource.kafka({
    topic: 'applications',
    cluster: {
      bootstrapServers: [kafka.address],
      authentication: {
        kind: 'scram-sha-512',
        secret: secret('Credentials', { username: kafka.username, password: kafka.password }),
      },
      rootCertificate: secret('Authority', { certificate: kafka.certificate }),
    },
  }),
);
new CfnOutput(stack, 'AuditBucket', { value: auditTrail.bucket.bucketName });
new CfnOutput(stack, 'AuditLedger', { value: auditTrail.ledger.tableName });
new CfnOutput(stack, 'AuditQueue', { value: auditTrail.queue.queueUrl });
app.synth();
