import { Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { Problems } from '../common/problems.ts';
import { destroysData } from '../common/removal.ts';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';

export interface ModelServiceProps {
  /** The service's image. It listens on `PORT` and answers `GET /health`. */
  readonly image: ecs.ContainerImage;
  readonly vpc: ec2.IVpc;
  /** Bucket of the model registry; the service may read it. */
  readonly registry: s3.IBucket;
  /** Where in the registry the model's versions are, such as `models/loan-default`. */
  readonly model: string;
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /** Receives the load balancer's access log. */
  readonly accessLogs: s3.IBucket;
  /**
   * Certificate for HTTPS. Without one the load balancer, which only the VPC can reach, speaks HTTP.
   * @default - HTTP
   */
  readonly certificate?: elb.IListenerCertificate;
  /**
   * Least number of tasks.
   * @default 2 - one in each zone
   */
  readonly minimumTasks?: number;
  /** @default 10 */
  readonly maximumTasks?: number;
  /**
   * Processor units of a task; 1024 are one vCPU.
   * @default 512
   */
  readonly cpu?: number;
  /** @default - 1 GiB */
  readonly memory?: Size;
  /**
   * Requests per minute and task from which tasks are added.
   * @default 6000
   */
  readonly requestsPerTask?: number;
}

type AlarmName = 'unhealthyTasks' | 'serverErrors' | 'slowAnswers' | 'noTasks';

const port = 8080;

/**
 * A model behind an address: container tasks on Fargate behind a load balancer inside the VPC.
 *
 * A deployment that does not get healthy is rolled back. Until a model is promoted in the registry the service is up
 * and says that it waits, so that the first deployment of everything succeeds.
 */
export class ModelService extends Construct {
  readonly cluster: ecs.Cluster;
  readonly service: ecs.FargateService;
  readonly loadBalancer: elb.ApplicationLoadBalancer;
  readonly targetGroup: elb.ApplicationTargetGroup;
  /** Address of the service inside the VPC. */
  readonly url: string;
  readonly alarms: Readonly<Record<AlarmName, Alarm>>;

  constructor(scope: Construct, id: string, props: ModelServiceProps) {
    super(scope, id);
    const {
      minimumTasks = 2,
      maximumTasks = 10,
      cpu = 512,
      memory = Size.gibibytes(1),
      requestsPerTask = 6000,
    } = props;
    new Problems('ModelService')
      .check(minimumTasks >= 1, 'minimumTasks', minimumTasks, 'set 1 or more')
      .check(maximumTasks >= minimumTasks, 'maximumTasks', maximumTasks, `set minimumTasks (${minimumTasks}) or more`)
      .check([256, 512, 1024, 2048, 4096, 8192, 16384].includes(cpu), 'cpu', cpu, 'set 256, 512, 1024, ... or 16384')
      .check(requestsPerTask > 0, 'requestsPerTask', requestsPerTask, 'set more than 0')
      .check(!/^\/|\/$/.test(props.model), 'model', props.model, 'give the prefix without a slash at its ends')
      .throwIfAny();

    this.cluster = new ecs.Cluster(this, 'Cluster', {
      vpc: props.vpc,
      containerInsightsV2: ecs.ContainerInsights.ENABLED,
    });
    const taskDefinition = this.#taskDefinition(props, cpu, memory);
    this.service = new ecs.FargateService(this, 'Service', {
      cluster: this.cluster,
      taskDefinition,
      desiredCount: minimumTasks,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      healthCheckGracePeriod: Duration.minutes(1),
      vpcSubnets: { subnets: props.vpc.isolatedSubnets },
      assignPublicIp: false,
    });
    this.loadBalancer = new elb.ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc: props.vpc,
      vpcSubnets: { subnets: props.vpc.isolatedSubnets },
      internetFacing: false,
      deletionProtection: !destroysData(this, true),
      dropInvalidHeaderFields: true,
    });
    this.#logAccess(props.accessLogs);
    this.targetGroup = this.#listen(props);
    this.service
      .autoScaleTaskCount({ minCapacity: minimumTasks, maxCapacity: maximumTasks })
      .scaleOnRequestCount('Requests', { targetGroup: this.targetGroup, requestsPerTarget: requestsPerTask });
    const scheme = props.certificate === undefined ? 'http' : 'https';
    this.url = `${scheme}://${this.loadBalancer.loadBalancerDnsName}`;
    this.alarms = this.#createAlarms(props.alarmTopic);
  }

  /** The port that callers connect to. */
  get port(): ec2.Port {
    return ec2.Port.tcp(this.url.startsWith('https') ? 443 : 80);
  }

  #taskDefinition(props: ModelServiceProps, cpu: number, memory: Size): ecs.FargateTaskDefinition {
    const definition = new ecs.FargateTaskDefinition(this, 'Task', {
      cpu,
      memoryLimitMiB: memory.toMebibytes(),
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.X86_64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
    });
    const logGroup = new LogGroup(this, 'Log', {
      encryptionKey: props.encryptionKey,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const container = definition.addContainer('model', {
      image: props.image,
      environment: {
        MODEL_REGISTRY: props.registry.s3UrlForObject(props.model),
        AWS_REGION: Stack.of(this).region,
        PORT: String(port),
      },
      portMappings: [{ containerPort: port }],
      readonlyRootFilesystem: true,
      privileged: false,
      user: '10001:10001',
      stopTimeout: Duration.seconds(60),
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'model', logGroup, mode: ecs.AwsLogDriverMode.NON_BLOCKING }),
    });
    // The one place that may be written to: models are unpacked there.
    definition.addVolume({ name: 'tmp' });
    container.addMountPoints({ containerPath: '/tmp', sourceVolume: 'tmp', readOnly: false });
    props.registry.grantRead(definition.taskRole, `${props.model}/*`);
    return definition;
  }

  /** Does what `logAccessLogs` does, which asks for a stack with a fixed region. */
  #logAccess(bucket: s3.IBucket): void {
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

  #listen(props: ModelServiceProps): elb.ApplicationTargetGroup {
    const secure = props.certificate !== undefined;
    const listener = this.loadBalancer.addListener('Listener', {
      protocol: secure ? elb.ApplicationProtocol.HTTPS : elb.ApplicationProtocol.HTTP,
      ...(secure && { certificates: [props.certificate], sslPolicy: elb.SslPolicy.RECOMMENDED_TLS }),
      // Whoever calls is let in by a rule of its own.
      open: false,
    });
    return listener.addTargets('Tasks', {
      port,
      protocol: elb.ApplicationProtocol.HTTP,
      targets: [this.service],
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

  #createAlarms(topic: ITopic) {
    const metrics = this.targetGroup.metrics;
    const options = { period: alarmPeriod };
    return createAlarms<AlarmName>(this, topic, 'model-service', {
      unhealthyTasks: {
        metric: metrics.unhealthyHostCount({ ...options, statistic: 'Maximum' }),
        meaning: 'Tasks of the model service fail their health check.',
        threshold: 1,
        evaluationPeriods: 3,
      },
      serverErrors: {
        metric: metrics.httpCodeTarget(elb.HttpCodeTarget.TARGET_5XX_COUNT, { ...options, statistic: 'Sum' }),
        meaning: 'The model service answers with errors: applications are referred to people.',
        threshold: 5,
        evaluationPeriods: 3,
        datapointsToAlarm: 2,
      },
      slowAnswers: {
        metric: metrics.targetResponseTime({ ...options, statistic: 'p99' }),
        meaning: 'One answer in a hundred of the model service takes half a second or more.',
        threshold: 0.5,
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
      },
      noTasks: {
        metric: metrics.healthyHostCount({ ...options, statistic: 'Minimum' }),
        meaning: 'No task of the model service is healthy.',
        comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
        threshold: 1,
        evaluationPeriods: 3,
        ringsWhenMissing: true,
      },
    });
  }
}
