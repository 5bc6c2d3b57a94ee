import { type Alarm, ComparisonOperator, type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import {
  type ApplicationLoadBalancer,
  type ApplicationTargetGroup,
  HttpCodeElb,
  HttpCodeTarget,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';

export type ModelAlarmName =
  | 'unhealthyTasks'
  | 'noTasks'
  | 'tasksMissing'
  | 'serverErrors'
  | 'balancerErrors'
  | 'slowAnswers';

export interface ModelAlarmsProps {
  readonly topic: ITopic;
  readonly service: FargateService;
  readonly loadBalancer: ApplicationLoadBalancer;
  /** Between which deployments alternate: what one has, the other lacks. */
  readonly targetGroups: readonly ApplicationTargetGroup[];
  /** Seconds that the 99th percentile of answers may take. */
  readonly slowAfterSeconds: number;
}

const options = { period: alarmPeriod };
const maximum = { ...options, statistic: 'Maximum' };
const minimum = { ...options, statistic: 'Minimum' };

export function modelAlarms(scope: Construct, props: ModelAlarmsProps): Readonly<Record<ModelAlarmName, Alarm>> {
  const { metrics } = props.loadBalancer;
  const errors = { threshold: 5, evaluationPeriods: 3, datapointsToAlarm: 2 };
  return createAlarms<ModelAlarmName>(scope, props.topic, 'model-service', {
    unhealthyTasks: {
      metric: overAll(props.targetGroups, 'unhealthy tasks', (group) => group.metrics.unhealthyHostCount(maximum)),
      meaning: 'Tasks of the model service fail their health check.',
      threshold: 1,
      evaluationPeriods: 3,
    },
    noTasks: {
      metric: overAll(props.targetGroups, 'healthy tasks', (group) => group.metrics.healthyHostCount(minimum)),
      meaning: 'No task of the model service is healthy: every application is referred to a person.',
      severity: 'page',
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 3,
      ringsWhenMissing: true,
    },
    tasksMissing: {
      metric: missingTasks(props.service),
      meaning: 'Fewer tasks of the model service run than are wanted: they can not start, or do not stay.',
      threshold: 1,
      evaluationPeriods: 10,
    },
    serverErrors: {
      metric: metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, { ...options, statistic: 'Sum' }),
      meaning: 'The model service answers with errors.',
      ...errors,
    },
    balancerErrors: {
      metric: metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, { ...options, statistic: 'Sum' }),
      meaning: 'The load balancer finds no task that answers.',
      ...errors,
    },
    slowAnswers: {
      metric: metrics.targetResponseTime({ ...options, statistic: 'p99' }),
      meaning: `One answer in a hundred of the model service takes ${props.slowAfterSeconds} seconds or more.`,
      threshold: props.slowAfterSeconds,
      minimumSamples: 20,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
    },
  });
}

/** A count over all target groups; one without tasks has no value of its own. */
function overAll(
  groups: readonly ApplicationTargetGroup[],
  label: string,
  metric: (group: ApplicationTargetGroup) => IMetric,
): MathExpression {
  const names = groups.map((_, index) => `group${index}`);
  return new MathExpression({
    expression: names.map((name) => `FILL(${name}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(groups.map((group, index) => [`group${index}`, metric(group)])),
    label,
    ...options,
  });
}

/** Tasks that should run and do not. */
function missingTasks(service: FargateService): MathExpression {
  const metric = (metricName: string) =>
    new Metric({
      namespace: 'ECS/ContainerInsights',
      metricName,
      dimensionsMap: { ClusterName: service.cluster.clusterName, ServiceName: service.serviceName },
      statistic: 'Average',
      ...options,
    });
  return new MathExpression({
    expression: 'wanted - running',
    usingMetrics: { wanted: metric('DesiredTaskCount'), running: metric('RunningTaskCount') },
    label: 'tasks missing',
    ...options,
  });
}
