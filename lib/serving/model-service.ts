import { Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import type { Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { acknowledge } from '../common/acknowledge.ts';
import { grantReadObjects } from '../common/grants.ts';
import { Problems } from '../common/problems.ts';
import { destroysData } from '../common/removal.ts';
import { alarmPeriod } from '../monitoring/alarms.ts';
import { type ModelAlarmName, modelAlarms } from './model-alarms.ts';

export interface ModelServiceProps {
  /** The service's image. It listens on `PORT`, answers `GET /health` and writes nowhere but to `/tmp`. */
  readonly image: ecs.ContainerImage;
  /** Network of the tasks and the load balancer; they run in the isolated subnets. */
  readonly vpc: ec2.IVpc;
  /** Bucket of the model registry; the service may read the model's part of it. */
  readonly registry: IBucket;
  /** Where in the registry the model's versions are, such as `models/loan-default`. */
  readonly model: string;
  /** Encrypts the service's log; its policy must let CloudWatch Logs use it. */
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /** Receives the load balancer's access log. */
  readonly accessLogs: IBucket;
  /**
   * Certificate for HTTPS; it takes `hostName` as well.
   * @default - HTTP: the load balancer can be reached from inside the VPC only
   */
  readonly certificate?: elb.IListenerCertificate;
  /**
   * The name that the certificate is for. It has to be an alias of the load balancer.
   * @default - the load balancer's own name
   */
  readonly hostName?: string;
  /**
   * Least number of tasks.
   * @default 2 - one in each zone
   */
  readonly minimumTasks?: number;
  /**
   * Most tasks.
   * @default 10
   */
  readonly maximumTasks?: number;
  /**
   * Processor units of a task; 1024 are one vCPU.
   * @default 512
   */
  readonly cpu?: number;
  /**
   * Memory of a task; Fargate allows certain sums for each `cpu`.
   * @default - 1 GiB
   */
  readonly memory?: Size;
  /**
   * Requests per minute and task from which tasks are added.
   * @default 6000
   */
  readonly requestsPerTask?: number;
  /**
   * An alarm rings when one answer in a hundred takes this long.
   * @default - 500 milliseconds
   */
  readonly slowAfter?: Duration;
  /**
   * Whether the load balancer refuses to be deleted. The context flag `seaworthy:destroyData` lifts it too.
   * @default true
   */
  readonly deletionProtection?: boolean;
}

const port = 8080;

/**
 * A model behind an address: container tasks on Fargate behind a load balancer inside the VPC.
 *
 * A deployment that does not get healthy, answers with errors or gets slow is rolled back. Until a model is promoted in the registry the service is up
 * and says that it waits, so that the first deployment of everything succeeds.
 */
export class ModelService extends Construct {
  readonly cluster: ecs.Cluster;
  readonly service: ecs.FargateService;
  readonly scaling: ecs.ScalableTaskCount;
  readonly loadBalancer: elb.ApplicationLoadBalancer;
  readonly targetGroup: elb.ApplicationTargetGroup;
  readonly logGroup: LogGroup;
  /** Address of the service inside the VPC. */
  readonly url: string;
  readonly alarms: Readonly<Record<ModelAlarmName, Alarm>>;
  readonly #secure: boolean;

  constructor(scope: Construct, id: string, props: ModelServiceProps) {
    super(scope, id);
    const { minimumTasks = 2, maximumTasks = 10, requestsPerTask = 6000 } = props;
    checkProps(props, minimumTasks, maximumTasks);
    this.#secure = props.certificate !== undefined;

    this.cluster = new ecs.Cluster(this, 'Cluster', {
      vpc: props.vpc,
      containerInsightsV2: ecs.ContainerInsights.ENABLED,
    });
    this.logGroup = new LogGroup(this, 'Log', {
      encryptionKey: props.encryptionKey,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.service = new ecs.FargateService(this, 'Service', {
      cluster: this.cluster,
      taskDefinition: this.#taskDefinition(props),
      desiredCount: minimumTasks,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      healthCheckGracePeriod: Duration.minutes(1),
      availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.ENABLED,
      vpcSubnets: { subnets: props.vpc.isolatedSubnets },
      assignPublicIp: false,
    });
    this.loadBalancer = new elb.ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc: props.vpc,
      vpcSubnets: { subnets: props.vpc.isolatedSubnets },
      internetFacing: false,
      deletionProtection: (props.deletionProtection ?? true) && !destroysData(this, true),
      dropInvalidHeaderFields: true,
    });
    this.#logAccess(props.accessLogs);
    this.targetGroup = this.#listen(props.certificate);
    this.scaling = this.service.autoScaleTaskCount({ minCapacity: minimumTasks, maxCapacity: maximumTasks });
    this.scaling.scaleOnRequestCount('Requests', {
      targetGroup: this.targetGroup,
      requestsPerTarget: requestsPerTask,
    });
    const name = props.hostName ?? this.loadBalancer.loadBalancerDnsName;
    this.url = `${this.#secure ? 'https' : 'http'}://${name}`;
    this.alarms = modelAlarms(this, {
      topic: props.alarmTopic,
      service: this.service,
      loadBalancer: this.loadBalancer,
      targetGroup: this.targetGroup,
      slowAfterSeconds: (props.slowAfter ?? Duration.millis(500)).toMilliseconds() / 1000,
    });
    this.#rollBackByAlarm();
  }

  /** Lets what has a security group call the service. The rule belongs to the caller's stack, which may be another. */
  allowFrom(caller: ec2.IConnectable): void {
    const callerPort = ec2.Port.tcp(this.#secure ? 443 : 80);
    for (const own of this.loadBalancer.connections.securityGroups) {
      for (const other of caller.connections.securityGroups) {
        own.addIngressRule(other, callerPort, 'asks the model', true);
      }
    }
  }

  /** Seconds to answer, per minute. @param statistic such as `p99` */
  metricResponseTime(statistic: string): Metric {
    return this.targetGroup.metrics.targetResponseTime({ statistic, period: alarmPeriod });
  }

  /** By the alarms that do not name the service, which names them. The L2's way warns of a circle that is not there. */
  #rollBackByAlarm(): void {
    const { serverErrors, unhealthyTasks, slowAnswers } = this.alarms;
    const AlarmNames = [serverErrors, unhealthyTasks, slowAnswers].map(({ alarmName }) => alarmName);
    const service = this.service.node.defaultChild as ecs.CfnService;
    service.addPropertyOverride('DeploymentConfiguration.Alarms', { Enable: true, Rollback: true, AlarmNames });
  }

  #taskDefinition(props: ModelServiceProps): ecs.FargateTaskDefinition {
    const definition = new ecs.FargateTaskDefinition(this, 'Task', {
      cpu: props.cpu ?? 512,
      memoryLimitMiB: (props.memory ?? Size.gibibytes(1)).toMebibytes(),
      runtimePlatform: {
        // What an image is built for by default on most machines that build them.
        cpuArchitecture: ecs.CpuArchitecture.X86_64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
    });
    definition.addContainer('model', {
      image: props.image,
      environment: {
        MODEL_REGISTRY: props.registry.s3UrlForObject(props.model),
        AWS_REGION: Stack.of(this).region,
        PORT: String(port),
      },
      portMappings: [{ containerPort: port }],
      readonlyRootFilesystem: true,
      linuxParameters: this.#linuxParameters(),
      privileged: false,
      user: '10001:10001',
      stopTimeout: Duration.seconds(60),
      logging: ecs.LogDrivers.awsLogs({
        streamPrefix: 'model',
        logGroup: this.logGroup,
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
      }),
    });
    grantReadObjects(props.registry, definition.taskRole, `${props.model}/`);
    acknowledge(definition, {
      'AwsSolutions-ECS2': 'The variables are addresses and settings; none is a secret',
      'AwsSolutions-IAM5[Resource::*]': "A token for the image registry is the account's: it has no ARN",
    });
    return definition;
  }

  /** No capabilities, and `/tmp` in memory as the one place that may be written to. */
  #linuxParameters(): ecs.LinuxParameters {
    const parameters = new ecs.LinuxParameters(this, 'Linux', { initProcessEnabled: true });
    parameters.dropCapabilities(ecs.Capability.ALL);
    parameters.addTmpfs({
      containerPath: '/tmp',
      size: 128,
      mountOptions: [ecs.TmpfsMountOption.NOEXEC, ecs.TmpfsMountOption.NOSUID, ecs.TmpfsMountOption.NODEV],
    });
    return parameters;
  }

  /** Does what `logAccessLogs` does, which asks for a stack with a fixed region. */
  #logAccess(bucket: IBucket): void {
    const prefix = 'model-service';
    bucket.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('logdelivery.elasticloadbalancing.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects(`${prefix}/AWSLogs/${Stack.of(this).account}/*`)],
      }),
    );
    this.loadBalancer.setAttribute('access_logs.s3.enabled', 'true');
    this.loadBalancer.setAttribute('access_logs.s3.bucket', bucket.bucketName);
    this.loadBalancer.setAttribute('access_logs.s3.prefix', prefix);
  }

  #listen(certificate?: elb.IListenerCertificate): elb.ApplicationTargetGroup {
    const listener = this.loadBalancer.addListener('Listener', {
      protocol: certificate === undefined ? elb.ApplicationProtocol.HTTP : elb.ApplicationProtocol.HTTPS,
      certificates: certificate && [certificate],
      sslPolicy: certificate && elb.SslPolicy.RECOMMENDED_TLS,
      // Whoever calls is let in by `allowFrom`.
      open: false,
    });
    return listener.addTargets('Tasks', {
      port,
      protocol: elb.ApplicationProtocol.HTTP,
      targets: [this.service],
      // A request takes a second at most: a task that leaves is done long before.
      deregistrationDelay: Duration.seconds(30),
      loadBalancingAlgorithmType: elb.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
      healthCheck: {
        path: '/health',
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
      },
    });
  }
}

function checkProps(props: ModelServiceProps, minimumTasks: number, maximumTasks: number): void {
  const { cpu = 512, requestsPerTask = 6000, certificate, hostName, model } = props;
  const given = certificate === undefined ? 'hostName' : 'certificate';
  new Problems('ModelService')
    .within('minimumTasks', minimumTasks, 1, 5000)
    .check(maximumTasks >= minimumTasks, 'maximumTasks', maximumTasks, `set minimumTasks (${minimumTasks}) or more`)
    .check([256, 512, 1024, 2048, 4096, 8192, 16384].includes(cpu), 'cpu', cpu, 'set 256, 512, 1024, ... or 16384')
    .check(requestsPerTask > 0, 'requestsPerTask', requestsPerTask, 'set more than 0')
    .check(model !== '' && !/^\/|\/$/.test(model), 'model', model, 'give a prefix without a slash at its ends')
    .check(
      (certificate === undefined) === (hostName === undefined),
      given,
      hostName ?? '(given)',
      'set both certificate and hostName, or neither',
    )
    .throwIfAny();
}
