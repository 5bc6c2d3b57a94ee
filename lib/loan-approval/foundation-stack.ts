import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { dataRemoval } from '../common/removal.ts';
import { AuditTrail } from '../governance/audit-trail.ts';

/** What every other stack stands on: network, key, audit trail, and the topic that alarms ring on. */
export class FoundationStack extends Stack {
  readonly vpc: ec2.Vpc;
  readonly key: Key;
  readonly accessLogs: s3.Bucket;
  readonly auditTrail: AuditTrail;
  readonly alarmTopic: Topic;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    this.key = this.#createKey();
    this.vpc = this.#createVpc();
    this.accessLogs = new s3.Bucket(this, 'AccessLogs', {
      // The services that deliver access logs can't use a customer's key.
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [{ expiration: Duration.days(365) }],
      removalPolicy: dataRemoval(this, true),
    });
    this.alarmTopic = new Topic(this, 'Alarms', { masterKey: this.key, enforceSSL: true });
    this.auditTrail = new AuditTrail(this, 'AuditTrail', {
      encryptionKey: this.key,
      alarmTopic: this.alarmTopic,
      accessLogs: this.accessLogs,
      destroyData: true,
    });
    new CfnOutput(this, 'AuditBucketName', { value: this.auditTrail.bucket.bucketName });
    new CfnOutput(this, 'AlarmTopicArn', { value: this.alarmTopic.topicArn });
  }

  #createKey(): Key {
    const key = new Key(this, 'Key', {
      description: 'Encrypts the data, queues and logs of the loan approval',
      enableKeyRotation: true,
      removalPolicy: dataRemoval(this, true),
    });
    // Services that write on nobody's behalf, so that no role of ours can carry their right.
    key.grantEncryptDecrypt(new ServicePrincipal('cloudwatch.amazonaws.com'));
    key.grantEncryptDecrypt(
      new ServicePrincipal(`logs.${this.region}.amazonaws.com`, {
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': `arn:${this.partition}:logs:${this.region}:${this.account}:*`,
          },
        },
      }),
    );
    return key;
  }

  /** Two zones without a way to the internet: what AWS services the workloads need, they reach by endpoints. */
  #createVpc(): ec2.Vpc {
    const vpc = new ec2.Vpc(this, 'Vpc', {
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
    const services = {
      EcrApi: ec2.InterfaceVpcEndpointAwsService.ECR,
      EcrDocker: ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
      Logs: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
      Kms: ec2.InterfaceVpcEndpointAwsService.KMS,
    };
    for (const [id, service] of Object.entries(services)) vpc.addInterfaceEndpoint(id, { service });
    return vpc;
  }
}
