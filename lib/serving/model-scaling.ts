import { CfnScalableTarget, CfnScalingPolicy } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import type { ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';

export interface ModelScalingProps {
  readonly service: FargateService;
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly minimumTasks: number;
  readonly maximumTasks: number;
  /** Requests that a task should have in it at a time, on average. */
  readonly requestsAtOnce: number;
}

/**
 * Keeps the number of requests that a task has in it at a time near a target.
 *
 * By Little's law that number is the rate of requests times the time that each takes. It rises with the load and with
 * latency alike, and falls in proportion as tasks are added, which target tracking asks of its metric: latency alone
 * does not, and the rate alone would not see that answers have become slow.
 */
export function modelScaling(scope: Construct, props: ModelScalingProps): CfnScalableTarget {
  const { service, loadBalancer } = props;
  // The service-linked role of Application Auto Scaling is used where none is named.
  const target = new CfnScalableTarget(scope, 'Scaling', {
    serviceNamespace: 'ecs',
    scalableDimension: 'ecs:service:DesiredCount',
    resourceId: `service/${service.cluster.clusterName}/${service.serviceName}`,
    minCapacity: props.minimumTasks,
    maxCapacity: props.maximumTasks,
  });
  const balancer = [{ name: 'LoadBalancer', value: loadBalancer.loadBalancerFullName }];
  const tasks = [
    { name: 'ClusterName', value: service.cluster.clusterName },
    { name: 'ServiceName', value: service.serviceName },
  ];
  // The L2 takes one metric only, not an expression over several.
  new CfnScalingPolicy(scope, 'RequestsAtOnce', {
    policyName: 'requests-at-once',
    policyType: 'TargetTrackingScaling',
    scalingTargetId: target.ref,
    targetTrackingScalingPolicyConfiguration: {
      targetValue: props.requestsAtOnce,
      customizedMetricSpecification: {
        metrics: [
          given('requests', 'AWS/ApplicationELB', 'RequestCount', balancer, 'Sum'),
          given('seconds', 'AWS/ApplicationELB', 'TargetResponseTime', balancer, 'Average'),
          given('tasks', 'ECS/ContainerInsights', 'RunningTaskCount', tasks, 'Average'),
          { id: 'atOnce', expression: 'FILL(requests, 0) / 60 * FILL(seconds, 0) / tasks', returnData: true },
        ],
      },
    },
  });
  return target;
}

/** A metric by the minute, which is the period that target tracking looks at. */
function given(
  id: string,
  namespace: string,
  metricName: string,
  dimensions: CfnScalingPolicy.TargetTrackingMetricDimensionProperty[],
  stat: string,
): CfnScalingPolicy.TargetTrackingMetricDataQueryProperty {
  return { id, metricStat: { metric: { namespace, metricName, dimensions }, stat }, returnData: false };
}
