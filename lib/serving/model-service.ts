import { Duration, Size } from 'aws-cdk-lib';
import type { CfnScalableTarget } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { Problems } from '../common/problems.ts';
import { destroysData } from '../common/removal.ts';
import { alarmPeriod } from '../monitoring/alarms.ts';
import { type ModelAlarmName, modelAlarms } from './model-alarms.ts';
import { modelBalancer, modelListener, modelProduction, modelTargets } from './model-balancer.ts';
import { modelScaling } from './model-scaling.ts';
import { modelPortName, modelTask } from './model-task.ts';

export interface ModelServiceProps {
  /** The service's image. It listens on `PORT`, answers `GET /health` and writes nowhere but to `/tmp`. */
  readonly image: ecs.ContainerImage;
  /** Network of the tasks and the load balancer. */
  readonly vpc: ec2.IVpc;
  /**
   * Where in the network they are.
   * @default - the isolated subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;
  /**
   * Cluster that runs the tasks; it needs Container Insights, from which alarms and scaling count tasks.
   * @default - a cluster of its own
   */
  readonly cluster?: ecs.ICluster;
  /**
   * Namespace in which other services of the network find this one by Service Connect, as `model`.
   * @default - none: callers come through the load balancer
   */
  readonly serviceConnectNamespace?: string;
  /** Bucket of the model registry; the service may read the model's part of it. */
  readonly registry: IBucket;
  /** Where in the registry the model's versions are, such as `models/loan-default`. */
  readonly model: string;
  /** Signs the model's versions, ECC on P-256; the service loads nothing that it has not signed. */
  readonly signingKey: IKey;
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
   * Requests that a task has in it at a time, on average, from which tasks are added: the rate of requests times the
   * time that each takes, so that slow answers add tasks as many requests do.
   * @default 0.5 - a task scores one request after the other, and half of its time is free
   */
  readonly requestsAtOnce?: number;
  /**
   * How a new version of the service takes over. CANARY and LINEAR shift requests to it step by step and go back when an
   * alarm rings; ROLLING replaces the tasks one by one.
   * @default ecs.DeploymentStrategy.CANARY
   */
  readonly deploymentStrategy?: ecs.DeploymentStrategy;
  /**
   * The steps of a canary or linear deployment.
   * @default - a tenth of the requests for five minutes
   */
  readonly trafficShift?: ecs.TrafficShiftConfig;
  /**
   * How long the version before stays ready after all requests go to the new one.
   * @default - 10 minutes
   */
  readonly bakeTime?: Duration;
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

/**
 * A model behind an address: container tasks on Fargate behind a load balancer inside the VPC.
 *
 * A new version of the service gets a tenth of the requests at first, and a deployment during which errors, slow answers
 * or unhealthy tasks ring goes back by itself. Until a model is promoted in the registry the service is up and says that
 * it waits, so that the first deployment of everything succeeds.
 */
export class ModelService extends Construct {
  readonly cluster: ecs.ICluster;
  readonly service: ecs.FargateService;
  readonly scaling: CfnScalableTarget;
  readonly loadBalancer: elb.ApplicationLoadBalancer;
  /** The target groups between which deployments alternate; a rolling deployment has one only. */
  readonly targetGroups: readonly elb.ApplicationTargetGroup[];
  readonly logGroup: LogGroup;
  /** Address of the service inside the VPC. */
  readonly url: string;
  readonly alarms: Readonly<Record<ModelAlarmName, Alarm>>;
  readonly #secure: boolean;

  constructor(scope: Construct, id: string, props: ModelServiceProps) {
    super(scope, id);
    const { minimumTasks = 2, maximumTasks = 10, requestsAtOnce = 0.5 } = props;
    checkProps(props, minimumTasks, maximumTasks, requestsAtOnce);
    this.#secure = props.certificate !== undefined;
    const vpcSubnets = props.vpcSubnets ?? { subnets: props.vpc.isolatedSubnets };
    this.cluster = props.cluster ?? this.#createCluster(props.vpc);
    const { definition, logGroup } = modelTask(this, {
      ...props,
      cpu: props.cpu ?? 512,
      memory: props.memory ?? Size.gibibytes(1),
    });
    this.logGroup = logGroup;
    this.service = this.#createService(props, definition, vpcSubnets, minimumTasks);
    this.loadBalancer = modelBalancer(this, {
      vpc: props.vpc,
      vpcSubnets,
      accessLogs: props.accessLogs,
      certificate: props.certificate,
      deletionProtection: (props.deletionProtection ?? true) && !destroysData(this, true),
    });
    this.targetGroups = this.#attach(props);
    this.scaling = modelScaling(this, { ...this, minimumTasks, maximumTasks, requestsAtOnce });
    this.url = `${this.#secure ? 'https' : 'http'}://${props.hostName ?? this.loadBalancer.loadBalancerDnsName}`;
    this.alarms = modelAlarms(this, {
      topic: props.alarmTopic,
      service: this.service,
      loadBalancer: this.loadBalancer,
      targetGroups: this.targetGroups,
      slowAfterSeconds: (props.slowAfter ?? Duration.millis(500)).toMilliseconds() / 1000,
    });
    this.#rollBackOnAlarm();
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
    return this.loadBalancer.metrics.targetResponseTime({ statistic, period: alarmPeriod });
  }

  #createCluster(vpc: ec2.IVpc): ecs.Cluster {
    return new ecs.Cluster(this, 'Cluster', { vpc, containerInsightsV2: ecs.ContainerInsights.ENABLED });
  }

  #createService(
    props: ModelServiceProps,
    taskDefinition: ecs.FargateTaskDefinition,
    vpcSubnets: ec2.SubnetSelection,
    desiredCount: number,
  ): ecs.FargateService {
    const { serviceConnectNamespace: namespace } = props;
    return new ecs.FargateService(this, 'Service', {
      cluster: this.cluster,
      taskDefinition,
      desiredCount,
      vpcSubnets,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      healthCheckGracePeriod: Duration.minutes(1),
      availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.ENABLED,
      assignPublicIp: false,
      ...deployment(props),
      ...(namespace !== undefined && {
        serviceConnectConfiguration: { namespace, services: [{ portMappingName: modelPortName, dnsName: 'model' }] },
      }),
    });
  }

  /** Puts the tasks behind the load balancer, with a second target group for the version that takes over. */
  #attach({ vpc, certificate, deploymentStrategy }: ModelServiceProps): elb.ApplicationTargetGroup[] {
    const container = { containerName: 'model' };
    const serving = modelTargets(this, 'Targets', vpc);
    const listener = modelListener(this.loadBalancer, certificate, serving);
    if (deploymentStrategy === ecs.DeploymentStrategy.ROLLING) {
      serving.addTarget(this.service.loadBalancerTarget(container));
      return [serving];
    }
    const alternate = modelTargets(this, 'AlternateTargets', vpc);
    const { rule, role } = modelProduction(this, listener, serving, alternate);
    const alternateTarget = new ecs.AlternateTarget('Alternate', {
      alternateTargetGroup: alternate,
      role,
      productionListener: ecs.ListenerRuleConfiguration.applicationListenerRule(rule),
    });
    serving.addTarget(this.service.loadBalancerTarget({ ...container, alternateTarget }));
    return [serving, alternate];
  }

  /**
   * The alarms that a bad version rings. That no task is healthy is not among them: it rings before the first deployment
   * is done.
   */
  #rollBackOnAlarm(): void {
    const { serverErrors, slowAnswers, unhealthyTasks } = this.alarms;
    this.service.enableDeploymentAlarms(
      [serverErrors, slowAnswers, unhealthyTasks].map(({ alarmName }) => alarmName),
      { behavior: ecs.AlarmBehavior.ROLLBACK_ON_ALARM },
    );
  }
}

function deployment(props: ModelServiceProps): Partial<ecs.FargateServiceProps> {
  const strategy = props.deploymentStrategy ?? ecs.DeploymentStrategy.CANARY;
  const { ROLLING, LINEAR, CANARY } = ecs.DeploymentStrategy;
  // The circuit breaker is for rolling deployments only; the others have their alarms and the time to bake.
  if (strategy === ROLLING) return { deploymentStrategy: strategy, circuitBreaker: { rollback: true } };
  const steps = props.trafficShift ?? { stepPercent: 10, stepBakeTime: Duration.minutes(5) };
  return {
    deploymentStrategy: strategy,
    circuitBreaker: { enable: false, rollback: false },
    bakeTime: props.bakeTime ?? Duration.minutes(10),
    ...(strategy === CANARY && { canaryConfiguration: steps }),
    ...(strategy === LINEAR && { linearConfiguration: steps }),
  };
}

function checkProps(
  props: ModelServiceProps,
  minimumTasks: number,
  maximumTasks: number,
  requestsAtOnce: number,
): void {
  const { cpu = 512, certificate, hostName, model, deploymentStrategy, trafficShift } = props;
  const shifts = deploymentStrategy === undefined || !['ROLLING', 'BLUE_GREEN'].includes(deploymentStrategy);
  const given = certificate === undefined ? 'hostName' : 'certificate';
  new Problems('ModelService')
    .within('minimumTasks', minimumTasks, 1, 5000)
    .check(maximumTasks >= minimumTasks, 'maximumTasks', maximumTasks, `set minimumTasks (${minimumTasks}) or more`)
    .check([256, 512, 1024, 2048, 4096, 8192, 16384].includes(cpu), 'cpu', cpu, 'set 256, 512, 1024, ... or 16384')
    .check(requestsAtOnce > 0, 'requestsAtOnce', requestsAtOnce, 'set more than 0')
    .check(
      shifts || trafficShift === undefined,
      'trafficShift',
      trafficShift,
      `leave it out, or set a deploymentStrategy that shifts by steps: ${deploymentStrategy} does not`,
    )
    .check(model !== '' && !/^\/|\/$/.test(model), 'model', model, 'give a prefix without a slash at its ends')
    .check(
      (certificate === undefined) === (hostName === undefined),
      given,
      hostName ?? '(given)',
      'set both certificate and hostName, or neither',
    )
    .throwIfAny();
}
