import { Duration, Fn, Names } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { MetricType, SourceAccessConfigurationType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { HandlerFunction } from '../common/handler-function.ts';
import { Problems } from '../common/problems.ts';
import { alarmPeriod } from '../monitoring/alarms.ts';
import type { BoundSource, IStreamSource, KafkaAuthentication, Reading, SourceAlarms } from './stream-source.ts';

/** A cluster of Amazon MSK. */
interface ManagedCluster {
  readonly clusterArn: string;
  /** `iam`, or a secret for SCRAM-SHA-512 or of a client certificate: what MSK takes. */
  readonly authentication: KafkaAuthentication;
}

/** Brokers of one's own. They are reached by TLS, always. */
interface OwnBrokers {
  /** Addresses of some of the brokers, such as `b-1.kafka.example:9094`. */
  readonly bootstrapServers: readonly string[];
  readonly authentication: Exclude<KafkaAuthentication, { kind: 'iam' }>;
  /**
   * Secret with the certificate of the authority that signed the brokers', as PEM in the field `certificate`.
   * @default - an authority that AWS trusts
   */
  readonly rootCertificate?: ISecret;
  /**
   * Network in which the brokers are; their security group has to let `securityGroup` in.
   * @default - the brokers are on the internet
   */
  readonly network?: { readonly vpc: IVpc; readonly securityGroup: ISecurityGroup };
}

export interface KafkaOptions {
  readonly cluster: ManagedCluster | OwnBrokers;
  readonly topic: string;
  /**
   * Name of the consumer group, whose offsets say what was read; the reader's name comes after it.
   * @default - a name that follows from the construct's place in the tree
   */
  readonly consumerGroupId?: string;
  /**
   * So many records may wait before an alarm rings. Kafka's lag is counted, not timed: take what comes in a quarter of
   * the topic's retention.
   * @default 10000
   */
  readonly mostLag?: number;
  /**
   * Pollers that Lambda keeps, at least and at most: retries, splitting and reports of failed items need them.
   * @default - 1 to 4
   */
  readonly pollers?: { readonly minimum: number; readonly maximum: number };
  /**
   * Records older than this are given up unread: they go whole to the failure bucket.
   * @default - 48 hours
   */
  readonly maxRecordAge?: Duration;
}

const accessTypes = {
  'scram-sha-512': SourceAccessConfigurationType.SASL_SCRAM_512_AUTH,
  'scram-sha-256': SourceAccessConfigurationType.SASL_SCRAM_256_AUTH,
  plain: SourceAccessConfigurationType.BASIC_AUTH,
  'client-certificate': SourceAccessConfigurationType.CLIENT_CERTIFICATE_TLS_AUTH,
} as const;

/** A topic of Kafka. @throws Error that lists every wrong option */
export function kafkaSource(options: KafkaOptions): IStreamSource {
  const { mostLag = 10_000, maxRecordAge = Duration.hours(48), pollers = { minimum: 1, maximum: 4 } } = options;
  new Problems('StreamSource.kafka')
    .check(/^[\w.-]{1,249}$/.test(options.topic), 'topic', options.topic, 'give 1 to 249 letters, digits, . _ or -')
    .within('mostLag', mostLag, 1, 1e9)
    .within('maxRecordAge, in seconds,', maxRecordAge.toSeconds(), 60, 604_800)
    .within('pollers.minimum', pollers.minimum, 1, 200)
    .within('pollers.maximum', pollers.maximum, pollers.minimum, 2_000)
    .check(hasBrokers(options), 'cluster.bootstrapServers', [], 'name one broker at least')
    .throwIfAny();
  return { bind: (scope) => bind(scope, { ...options, mostLag, maxRecordAge, pollers }) };
}

function hasBrokers({ cluster }: KafkaOptions): boolean {
  return !('bootstrapServers' in cluster) || cluster.bootstrapServers.length > 0;
}

type Complete = KafkaOptions & Required<Pick<KafkaOptions, 'mostLag' | 'maxRecordAge' | 'pollers'>>;

function bind(scope: Construct, options: Complete): BoundSource {
  return {
    read: (reading) => read(scope, options, reading),
    alarms: (consumer, mapping, silenceAfter) => alarmsOf(consumer, mapping, options.mostLag, silenceAfter),
    grantPut: () => {
      throw new Error(
        `${scope.node.path}: who may put records on the Kafka topic ${options.topic} is said by the cluster: give the right there`,
      );
    },
  };
}

/**
 * Maps the topic. By the mapping's own L2: the CDK's event sources for Kafka attach AWS's managed policy, and know of MSK
 * only SCRAM.
 *
 * @returns the mapping's id
 */
function read(scope: Construct, options: Complete, reading: Reading): string {
  const { consumer, failedItems } = reading;
  const { cluster, topic, pollers, maxRecordAge } = options;
  const access = accessOf(cluster);
  for (const { secret } of access) secret?.grantRead(consumer);
  if ('clusterArn' in cluster) grantReadTopic(consumer, cluster, topic);
  const mapping = consumer.function.addEventSourceMapping('Kafka', {
    ...('clusterArn' in cluster
      ? { eventSourceArn: cluster.clusterArn }
      : { kafkaBootstrapServers: [...cluster.bootstrapServers] }),
    kafkaTopic: topic,
    kafkaConsumerGroupId: groupOf(scope, options.consumerGroupId, consumer),
    sourceAccessConfigurations: access.length > 0 ? access.map(({ type, uri }) => ({ type, uri })) : undefined,
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: reading.batchSize,
    maxBatchingWindow: reading.window,
    retryAttempts: reading.retryAttempts,
    maxRecordAge,
    bisectBatchOnError: failedItems === 'reported',
    reportBatchItemFailures: failedItems === 'reported',
    onFailure: reading.onFailure,
    supportS3OnFailureDestination: true,
    provisionedPollerConfig: { minimumPollers: pollers.minimum, maximumPollers: pollers.maximum },
    metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
  });
  return mapping.eventSourceMappingId;
}

/** A group for each reader, so that each gets every record. */
function groupOf(scope: Construct, given: string | undefined, { service }: HandlerFunction): string {
  return `${given ?? Names.uniqueResourceName(scope, { maxLength: 100 })}-${service}`;
}

interface Access {
  readonly type: SourceAccessConfigurationType;
  readonly uri: string;
  readonly secret?: ISecret;
}

/** How the mapping proves who it is, knows the brokers and gets into their network. */
function accessOf(cluster: KafkaOptions['cluster']): Access[] {
  const { authentication } = cluster;
  const proof =
    authentication.kind === 'iam' ? [] : [ofSecret(accessTypes[authentication.kind], authentication.secret)];
  if ('clusterArn' in cluster) return proof;
  const { rootCertificate, network } = cluster;
  return [
    ...proof,
    ...(rootCertificate ? [ofSecret(SourceAccessConfigurationType.SERVER_ROOT_CA_CERTIFICATE, rootCertificate)] : []),
    ...(network?.vpc.isolatedSubnets ?? []).map(({ subnetId }) => ({
      type: SourceAccessConfigurationType.VPC_SUBNET,
      uri: `subnet:${subnetId}`,
    })),
    ...(network
      ? [
          {
            type: SourceAccessConfigurationType.VPC_SECURITY_GROUP,
            uri: `security_group:${network.securityGroup.securityGroupId}`,
          },
        ]
      : []),
  ];
}

function ofSecret(type: SourceAccessConfigurationType, secret: ISecret): Access {
  return { type, uri: secret.secretArn, secret };
}

/** What Lambda needs to find an MSK cluster, and by IAM to read one topic of it as one group. */
function grantReadTopic(
  consumer: HandlerFunction,
  { clusterArn, authentication }: ManagedCluster,
  topic: string,
): void {
  Grant.addToPrincipal({
    grantee: consumer,
    actions: ['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'],
    resourceArns: [clusterArn],
  });
  if (authentication.kind !== 'iam') return;
  // arn:…:cluster/NAME/ID; its topics and groups have the same name and id in theirs.
  const within = (kind: 'topic' | 'group') =>
    Fn.join(`:${kind}/`, [
      Fn.select(0, Fn.split(':cluster/', clusterArn)),
      Fn.select(1, Fn.split(':cluster/', clusterArn)),
    ]);
  Grant.addToPrincipal({
    grantee: consumer,
    actions: ['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'],
    resourceArns: [clusterArn],
  });
  Grant.addToPrincipal({
    grantee: consumer,
    actions: ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
    resourceArns: [`${within('topic')}/${topic}`],
  });
  Grant.addToPrincipal({
    grantee: consumer,
    actions: ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'],
    resourceArns: [`${within('group')}/*`],
  });
}

function alarmsOf(
  consumer: HandlerFunction,
  eventSourceMappingId: string,
  mostLag: number,
  silenceAfter: Duration,
): SourceAlarms {
  const lag = consumer.function.metric('OffsetLag', { period: alarmPeriod, statistic: 'Maximum' });
  return {
    behind: {
      metric: lag,
      meaning: 'More records of the topic wait for the consumer than may wait.',
      severity: 'page',
      threshold: mostLag,
      evaluationPeriods: 3,
    },
    stalled: {
      metric: new MathExpression({
        expression: 'IF(FILL(lag, 0) > 0 AND FILL(invocations, 0) < 1, 1, 0)',
        usingMetrics: {
          lag,
          invocations: consumer.function.metricInvocations({ period: alarmPeriod, statistic: 'Sum' }),
        },
        label: 'records that nobody reads',
        period: alarmPeriod,
      }),
      meaning: 'Records wait and the consumer is not invoked: the mapping is disabled or blocked.',
      severity: 'page',
      threshold: 1,
      evaluationPeriods: 5,
    },
    silence: {
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'PolledEventCount',
        dimensionsMap: { EventSourceMappingUUID: eventSourceMappingId },
        statistic: 'Sum',
        period: silenceAfter,
      }),
      meaning: 'No record came in the time in which some are expected.',
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      ringsWhenMissing: true,
    },
  };
}
