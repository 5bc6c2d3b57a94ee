import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { expect, test } from 'vitest';
import type { KafkaOptions } from '../../../lib/ingestion/kafka-source.ts';
import { StreamIngestion } from '../../../lib/ingestion/stream-ingestion.ts';
import { StreamSource } from '../../../lib/ingestion/stream-source.ts';
import { fixture } from '../fixture.ts';

const clusterArn = 'arn:aws:kafka:eu-west-2:111111111111:cluster/loans/0a1b-2';

function synthesise(options: (made: ReturnType<typeof make>) => KafkaOptions) {
  const made = make();
  const source = StreamSource.kafka(options(made));
  const { stack, shared } = made;
  const ingestion = new StreamIngestion(stack, 'Ingestion', {
    handler: 'consumer',
    environment: {},
    source,
    ...shared,
  });
  return { stack, ingestion, template: () => Template.fromStack(stack) };
}

function make() {
  const { stack, shared, vpc } = fixture();
  return {
    stack,
    shared,
    secret: new Secret(stack, 'Credentials'),
    rootCertificate: new Secret(stack, 'Authority'),
    network: { vpc, securityGroup: new SecurityGroup(stack, 'Pollers', { vpc }) },
  };
}

const own = ({ secret }: ReturnType<typeof make>): KafkaOptions => ({
  topic: 'applications',
  cluster: { bootstrapServers: ['b-1.kafka.example:9094'], authentication: { kind: 'scram-sha-512', secret } },
});

test('brokers of one own are read by TLS, as who one says, from the network that they are in', () => {
  const { template } = synthesise((made) => ({
    topic: 'applications',
    consumerGroupId: 'decisions',
    maxRecordAge: Duration.hours(1),
    pollers: { minimum: 2, maximum: 8 },
    cluster: {
      bootstrapServers: ['b-1.kafka.example:9094', 'b-2.kafka.example:9094'],
      authentication: { kind: 'scram-sha-256', secret: made.secret },
      rootCertificate: made.rootCertificate,
      network: made.network,
    },
  }));
  template().hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    SelfManagedEventSource: {
      Endpoints: { KafkaBootstrapServers: ['b-1.kafka.example:9094', 'b-2.kafka.example:9094'] },
    },
    Topics: ['applications'],
    SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'decisions-consumer' },
    SourceAccessConfigurations: [
      { Type: 'SASL_SCRAM_256_AUTH', URI: { Ref: Match.stringLikeRegexp('Credentials') } },
      { Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: { Ref: Match.stringLikeRegexp('Authority') } },
      { Type: 'VPC_SUBNET', URI: Match.anyValue() },
      { Type: 'VPC_SUBNET', URI: Match.anyValue() },
      { Type: 'VPC_SECURITY_GROUP', URI: Match.anyValue() },
    ],
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 5,
    MaximumRecordAgeInSeconds: 3600,
    ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 8 },
    DestinationConfig: {
      OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('FailureBucket'), 'Arn'] } },
    },
  });
  template().resourceCountIs('AWS::Kinesis::Stream', 0);
});

test('a topic of MSK is read by IAM with the rights on that topic alone', () => {
  const { template } = synthesise(() => ({
    topic: 'applications',
    cluster: { clusterArn, authentication: { kind: 'iam' } },
  }));
  template().hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    EventSourceArn: clusterArn,
    SourceAccessConfigurations: Match.absent(),
  });
  template().hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
          Resource: 'arn:aws:kafka:eu-west-2:111111111111:topic/loans/0a1b-2/applications',
        }),
      ]),
    },
  });
});

test('its alarms are those that Kafka has metrics for', () => {
  const { ingestion, template } = synthesise((made) => ({ ...own(made), mostLag: 7 }));
  expect(ingestion.alarms.writeThrottles).toBeUndefined();
  template().hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'OffsetLag', Threshold: 7 });
  template().hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'PolledEventCount',
    TreatMissingData: 'breaching',
  });
});

test('what only Kinesis has is refused, with what to do', () => {
  const { stack, ingestion } = synthesise(own);
  const sender = new Role(stack, 'Sender', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  expect(() => ingestion.stream).toThrow('Test/Ingestion has no Kinesis stream');
  expect(() => ingestion.grantPut(sender)).toThrow('the Kafka topic applications is said by the cluster');
});

test('one error lists every wrong option', () => {
  const authentication = { kind: 'plain', secret: new Secret(make().stack, 'Other') } as const;
  expect(() =>
    StreamSource.kafka({ topic: 'a b', mostLag: 0, cluster: { bootstrapServers: [], authentication } }),
  ).toThrow(
    'StreamSource.kafka: topic is "a b": give 1 to 249 letters, digits, . _ or -; mostLag is 0: set 1 to 1000000000; ' +
      'cluster.bootstrapServers is []: name one broker at least',
  );
});
