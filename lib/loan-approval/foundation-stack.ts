import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { acknowledge } from '../common/acknowledge.ts';
import { dataRemoval, destroysData } from '../common/removal.ts';
import { AuditTrail } from '../governance/audit-trail.ts';

export interface FoundationStackProps extends StackProps {
  /**
   * How long audit records are locked.
   * @default - COMPLIANCE, 185 days
   */
  readonly auditRetention?: s3.ObjectLockRetention;
  /**
   * Whether the access logs go with the stack; it takes the context flag `seaworthy:destroyData` as well. The audit
   * trail stays, and with it the key, without which nobody could read it.
   * @default false
   */
  readonly destroyData?: boolean;
}

const network = '10.0.0.0/16';

/** What every other stack stands on: network, key, audit trail, and the topic that alarms ring on. */
export class FoundationStack extends Stack {
  readonly vpc: ec2.Vpc;
  readonly key: Key;
  readonly accessLogs: s3.Bucket;
  readonly auditTrail: AuditTrail;
  /** Where every alarm rings. */
  readonly alarmTopic: Topic;
  /** Where what wakes somebody rings: one composite alarm over those that say so. */
  readonly pageTopic: Topic;

  constructor(scope: Construct, id: string, props: FoundationStackProps = {}) {
    super(scope, id, props);
    this.key = this.#createKey();
    this.vpc = this.#createVpc();
    this.#createEndpoints();
    this.accessLogs = this.#createAccessLogs(props.destroyData);
    this.alarmTopic = this.#createAlarmTopic('Alarms');
    this.pageTopic = this.#createAlarmTopic('Pages');
    this.auditTrail = new AuditTrail(this, 'AuditTrail', {
      encryptionKey: this.key,
      alarmTopic: this.alarmTopic,
      accessLogs: this.accessLogs,
      retention: props.auditRetention,
    });
    new CfnOutput(this, 'AuditBucketName', { value: this.auditTrail.bucket.bucketName });
    const { queue, ledger, subjectKeys, wrappingKey, signingKey, origin } = this.auditTrail;
    new CfnOutput(this, 'AuditQueueUrl', { value: queue.queueUrl });
    new CfnOutput(this, 'AuditLedgerName', { value: ledger.tableName });
    new CfnOutput(this, 'AuditSubjectKeysName', { value: subjectKeys.tableName });
    new CfnOutput(this, 'AuditWrappingKeyId', { value: wrappingKey.keyId });
    new CfnOutput(this, 'AuditSigningKeyId', { value: signingKey.keyId });
    new CfnOutput(this, 'AuditOrigin', { value: origin });
    new CfnOutput(this, 'AlarmTopicArn', { value: this.alarmTopic.topicArn });
    new CfnOutput(this, 'PageTopicArn', { value: this.pageTopic.topicArn });
  }

  #createKey(): Key {
    const key = new Key(this, 'Key', {
      description: 'Encrypts the data, streams and logs of the loan approval',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // Services that write on nobody's behalf, so that no role of ours can carry their right.
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsReachTheirTopic',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    );
    const logGroups = `arn:${this.partition}:logs:${this.region}:${this.account}:log-group:*`;
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LogsAreEncrypted',
        principals: [new ServicePrincipal(`logs.${this.region}.amazonaws.com`)],
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        resources: ['*'],
        conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logGroups } },
      }),
    );
    return key;
  }

  /** Two zones without a way to the internet. */
  #createVpc(): ec2.Vpc {
    return new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(network),
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'workload', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 20 }],
      gatewayEndpoints: {
        S3: { service: ec2.GatewayVpcEndpointAwsService.S3 },
        DynamoDB: { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB },
      },
      flowLogs: {
        rejected: {
          trafficType: ec2.FlowLogTrafficType.REJECT,
          destination: ec2.FlowLogDestination.toCloudWatchLogs(
            new LogGroup(this, 'FlowLog', {
              encryptionKey: this.key,
              retention: RetentionDays.THREE_MONTHS,
              removalPolicy: RemovalPolicy.DESTROY,
            }),
          ),
        },
      },
    });
  }

  /** The way to the AWS services that the workloads need and no gateway leads to. */
  #createEndpoints(): void {
    const securityGroup = new ec2.SecurityGroup(this, 'EndpointsSecurityGroup', {
      vpc: this.vpc,
      description: 'HTTPS from inside the network to the endpoints of AWS services',
      allowAllOutbound: false,
    });
    securityGroup.addIngressRule(ec2.Peer.ipv4(network), ec2.Port.tcp(443), 'HTTPS from inside the network');
    const services = {
      EcrApi: ec2.InterfaceVpcEndpointAwsService.ECR,
      EcrDocker: ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
      Logs: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
      Kms: ec2.InterfaceVpcEndpointAwsService.KMS,
      Sqs: ec2.InterfaceVpcEndpointAwsService.SQS,
      Workflows: ec2.InterfaceVpcEndpointAwsService.STEP_FUNCTIONS,
      Modes: ec2.InterfaceVpcEndpointAwsService.APPCONFIGDATA,
    };
    for (const [id, service] of Object.entries(services)) {
      this.vpc.addInterfaceEndpoint(id, { service, securityGroups: [securityGroup], open: false });
    }
  }

  #createAccessLogs(destroyData?: boolean): s3.Bucket {
    const bucket = new s3.Bucket(this, 'AccessLogs', {
      // The services that deliver access logs can't use a customer's key.
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      lifecycleRules: [{ expiration: Duration.days(365), noncurrentVersionExpiration: Duration.days(1) }],
      removalPolicy: dataRemoval(this, destroyData),
      autoDeleteObjects: destroysData(this, destroyData),
    });
    acknowledge(bucket, {
      CKV_AWS_18: 'The access logs of the others go here: its own would go round in a circle',
      'NIST.800.53.R5-S3DefaultEncryptionKMS': "The services that deliver access logs can't use a customer's key",
    });
    return bucket;
  }

  #createAlarmTopic(id: string): Topic {
    const topic = new Topic(this, id, { masterKey: this.key, enforceSSL: true });
    // A topic with a policy of its own loses the default one, which lets the account's alarms publish.
    topic.grantPublish(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    return topic;
  }
}
