import { Duration, Stack } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge } from '../common/acknowledge.ts';
import { modelPort } from './model-task.ts';

export interface ModelBalancerProps {
  readonly vpc: ec2.IVpc;
  readonly vpcSubnets: ec2.SubnetSelection;
  readonly accessLogs: IBucket;
  readonly certificate: elb.IListenerCertificate | undefined;
  readonly deletionProtection: boolean;
}

/** A load balancer inside the VPC, which logs every access. */
export function modelBalancer(scope: Construct, props: ModelBalancerProps): elb.ApplicationLoadBalancer {
  const balancer = new elb.ApplicationLoadBalancer(scope, 'LoadBalancer', {
    vpc: props.vpc,
    vpcSubnets: props.vpcSubnets,
    internetFacing: false,
    deletionProtection: props.deletionProtection,
    dropInvalidHeaderFields: true,
  });
  logAccess(balancer, props.accessLogs);
  return balancer;
}

/** Its one listener, which lets in nobody: whoever calls is let in by a rule of its own. */
export function modelListener(
  balancer: elb.ApplicationLoadBalancer,
  certificate: elb.IListenerCertificate | undefined,
  serving: elb.ApplicationTargetGroup,
): elb.ApplicationListener {
  return balancer.addListener('Listener', {
    protocol: certificate === undefined ? elb.ApplicationProtocol.HTTP : elb.ApplicationProtocol.HTTPS,
    certificates: certificate && [certificate],
    sslPolicy: certificate && elb.SslPolicy.RECOMMENDED_TLS,
    defaultTargetGroups: [serving],
    open: false,
  });
}

/** Tasks that requests may go to, once they are healthy. */
export function modelTargets(scope: Construct, id: string, vpc: ec2.IVpc): elb.ApplicationTargetGroup {
  return new elb.ApplicationTargetGroup(scope, id, {
    vpc,
    port: modelPort,
    protocol: elb.ApplicationProtocol.HTTP,
    targetType: elb.TargetType.IP,
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

/**
 * The rule by which requests reach the tasks; deployments move its weights.
 *
 * @returns the rule, and the role by which ECS may move them: AWS's managed policy would let it change every load balancer
 */
export function modelProduction(
  scope: Construct,
  listener: elb.IApplicationListener,
  serving: elb.ApplicationTargetGroup,
  alternate: elb.ApplicationTargetGroup,
) {
  // Deployments can't move the weights of a listener's default action.
  const rule = new elb.ApplicationListenerRule(scope, 'Production', {
    listener,
    priority: 1,
    conditions: [elb.ListenerCondition.pathPatterns(['*'])],
    action: elb.ListenerAction.weightedForward([
      { targetGroup: serving, weight: 100 },
      { targetGroup: alternate, weight: 0 },
    ]),
  });
  const role = new Role(scope, 'ShiftingRole', { assumedBy: new ServicePrincipal('ecs.amazonaws.com') });
  const may = (actions: string[], resources: string[]) =>
    role.addToPolicy(
      new PolicyStatement({ actions: actions.map((action) => `elasticloadbalancing:${action}`), resources }),
    );
  may(['DescribeListeners', 'DescribeRules', 'DescribeTargetGroups', 'DescribeTargetHealth'], ['*']);
  may(['ModifyRule'], [rule.listenerRuleArn]);
  may(['RegisterTargets', 'DeregisterTargets'], [serving.targetGroupArn, alternate.targetGroupArn]);
  acknowledge(role, { 'AwsSolutions-IAM5[Resource::*]': 'Describing parts of a load balancer takes no ARN' });
  return { rule, role };
}

/** Does what `logAccessLogs` does, which asks for a stack with a fixed region. */
function logAccess(balancer: elb.ApplicationLoadBalancer, bucket: IBucket): void {
  const prefix = 'model-service';
  bucket.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('logdelivery.elasticloadbalancing.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects(`${prefix}/AWSLogs/${Stack.of(balancer).account}/*`)],
    }),
  );
  balancer.setAttribute('access_logs.s3.enabled', 'true');
  balancer.setAttribute('access_logs.s3.bucket', bucket.bucketName);
  balancer.setAttribute('access_logs.s3.prefix', prefix);
}
