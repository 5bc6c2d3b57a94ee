import { Duration, Size, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, type Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerImage, DeploymentStrategy } from 'aws-cdk-lib/aws-ecs';
import { ListenerCertificate } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { expect, test } from 'vitest';
import { destroyDataFlag } from '../../../lib/common/removal.ts';
import { ModelService, type ModelServiceProps } from '../../../lib/serving/model-service.ts';
import { imageFolder } from '../app.ts';
import { fixture } from '../fixture.ts';

const certificate = ListenerCertificate.fromArn('arn:aws:acm:eu-west-2:000000000000:certificate/1');

function synthesise(
  props: Partial<ModelServiceProps> = {},
  context = {},
  own: (stack: Stack, vpc: Vpc) => Partial<ModelServiceProps> = () => ({}),
) {
  const { stack, shared, vpc } = fixture(context);
  const service = new ModelService(stack, 'Model', {
    image: ContainerImage.fromAsset(imageFolder()),
    vpc,
    registry: new Bucket(stack, 'Registry', { encryptionKey: shared.encryptionKey }),
    model: 'models/risk',
    signingKey: new Key(stack, 'SigningKey'),
    ...shared,
    ...props,
    ...own(stack, vpc),
  });
  return { stack, service, vpc, template: () => Template.fromStack(stack) };
}

test('a task has no rights beyond its work: not root, no capabilities, a root file system that is read-only', () => {
  synthesise()
    .template()
    .hasResourceProperties('AWS::ECS::TaskDefinition', {
      Cpu: '512',
      Memory: '1024',
      RequiresCompatibilities: ['FARGATE'],
      ContainerDefinitions: [
        {
          User: '10001:10001',
          Privileged: false,
          ReadonlyRootFilesystem: true,
          LinuxParameters: {
            Capabilities: { Drop: ['ALL'] },
            Tmpfs: [{ ContainerPath: '/tmp', MountOptions: ['noexec', 'nosuid', 'nodev'] }],
          },
          PortMappings: [{ ContainerPort: 8080 }],
          Environment: Match.arrayWith([
            {
              Name: 'MODEL_REGISTRY',
              Value: { 'Fn::Join': ['', ['s3://', { Ref: Match.stringLikeRegexp('^Registry') }, '/models/risk']] },
            },
            { Name: 'MODEL_SIGNING_KEY', Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('^SigningKey'), 'Arn'] } },
            { Name: 'PORT', Value: '8080' },
          ]),
        },
      ],
    });
});

test('a new version gets a tenth of the requests at first, and goes back when an alarm rings', () => {
  const { service, stack, template } = synthesise();
  const { serverErrors, slowAnswers, unhealthyTasks } = service.alarms;
  const alarmNames = [serverErrors, slowAnswers, unhealthyTasks].map(({ alarmName }) => stack.resolve(alarmName));
  template().hasResourceProperties('AWS::ECS::Service', {
    DesiredCount: 2,
    HealthCheckGracePeriodSeconds: 60,
    AvailabilityZoneRebalancing: 'ENABLED',
    DeploymentConfiguration: {
      Strategy: 'CANARY',
      CanaryConfiguration: { CanaryPercent: 10, CanaryBakeTimeInMinutes: 5 },
      BakeTimeInMinutes: 10,
      MinimumHealthyPercent: 100,
      MaximumPercent: 200,
      Alarms: { Enable: true, Rollback: true, AlarmNames: alarmNames },
    },
    LoadBalancers: [
      {
        ContainerName: 'model',
        ContainerPort: 8080,
        TargetGroupArn: { Ref: Match.stringLikeRegexp('^ModelTargets') },
        AdvancedConfiguration: {
          AlternateTargetGroupArn: { Ref: Match.stringLikeRegexp('^ModelAlternateTargets') },
          ProductionListenerRule: { Ref: Match.stringLikeRegexp('^ModelProduction') },
        },
      },
    ],
  });
  template().resourcePropertiesCountIs(
    'AWS::ElasticLoadBalancingV2::TargetGroup',
    {
      HealthCheckPath: '/health',
      Port: 8080,
      TargetGroupAttributes: Match.arrayWith([{ Key: 'deregistration_delay.timeout_seconds', Value: '30' }]),
    },
    2,
  );
});

test('a deployment may be linear, or roll with the circuit breaker', () => {
  const shift = { stepPercent: 25, stepBakeTime: Duration.minutes(2) };
  const linear = { deploymentStrategy: DeploymentStrategy.LINEAR, trafficShift: shift, bakeTime: Duration.minutes(1) };
  synthesise(linear)
    .template()
    .hasResourceProperties('AWS::ECS::Service', {
      DeploymentConfiguration: {
        Strategy: 'LINEAR',
        LinearConfiguration: { StepPercent: 25, StepBakeTimeInMinutes: 2 },
        BakeTimeInMinutes: 1,
      },
    });
  const rolling = synthesise({ deploymentStrategy: DeploymentStrategy.ROLLING }).template();
  rolling.hasResourceProperties('AWS::ECS::Service', {
    DeploymentConfiguration: { Strategy: 'ROLLING', DeploymentCircuitBreaker: { Enable: true, Rollback: true } },
  });
  rolling.resourceCountIs('AWS::ElasticLoadBalancingV2::TargetGroup', 1);
});

test('counts of tasks hold for both target groups, whichever serves', () => {
  const { template } = synthesise();
  template().hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmDescription: Match.stringLikeRegexp('No task of the model service is healthy'),
    Metrics: Match.arrayWith([Match.objectLike({ Expression: 'FILL(group0, 0) + FILL(group1, 0)' })]),
  });
});

test("it runs in the user's own cluster and subnets, and joins a namespace", () => {
  const { stack, service, vpc, template } = synthesise({ serviceConnectNamespace: 'loans' }, {}, (scope, network) => ({
    cluster: new Cluster(scope, 'Own', { vpc: network }),
    vpcSubnets: { subnets: network.isolatedSubnets.slice(0, 1) },
  }));
  template().resourceCountIs('AWS::ECS::Cluster', 1);
  template().hasResourceProperties('AWS::ECS::Service', {
    Cluster: stack.resolve(service.cluster.clusterName),
    NetworkConfiguration: { AwsvpcConfiguration: { Subnets: [stack.resolve(vpc.isolatedSubnets[0]?.subnetId)] } },
    ServiceConnectConfiguration: {
      Enabled: true,
      Namespace: 'loans',
      Services: [{ PortName: 'score', ClientAliases: [{ DnsName: 'model', Port: 8080 }] }],
    },
  });
});

test('the load balancer is internal, logs access and refuses to be deleted', () => {
  const attribute = (key: string, value: unknown) =>
    Match.objectLike({ LoadBalancerAttributes: Match.arrayWith([{ Key: key, Value: value }]), Scheme: 'internal' });
  for (const [key, value] of [
    ['deletion_protection.enabled', 'true'],
    ['routing.http.drop_invalid_header_fields.enabled', 'true'],
    ['access_logs.s3.enabled', 'true'],
    ['access_logs.s3.bucket', { Ref: Match.stringLikeRegexp('^AccessLogs') }],
    ['access_logs.s3.prefix', 'model-service'],
  ] as const) {
    synthesise().template().hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', attribute(key, value));
  }
});

test('deletion protection can be lifted by the prop or, for a teardown, by the context flag', () => {
  const lifted = {
    LoadBalancerAttributes: Match.arrayWith([{ Key: 'deletion_protection.enabled', Value: 'false' }]),
  };
  const type = 'AWS::ElasticLoadBalancingV2::LoadBalancer';
  synthesise({ deletionProtection: false }).template().hasResourceProperties(type, lifted);
  synthesise({}, { [destroyDataFlag]: true })
    .template()
    .hasResourceProperties(type, lifted);
});

test('each prop reaches the template', () => {
  const { template } = synthesise({
    minimumTasks: 3,
    maximumTasks: 5,
    cpu: 1024,
    memory: Size.gibibytes(4),
    requestsAtOnce: 3,
    slowAfter: Duration.millis(250),
  });
  template().hasResourceProperties('AWS::ECS::TaskDefinition', { Cpu: '1024', Memory: '4096' });
  template().hasResourceProperties('AWS::ECS::Service', { DesiredCount: 3 });
  template().hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 3, MaxCapacity: 5 });
  template().hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 3,
      CustomizedMetricSpecification: {
        Metrics: Match.arrayWith([
          { Id: 'atOnce', Expression: 'FILL(requests, 0) / 60 * FILL(seconds, 0) / tasks', ReturnData: true },
        ]),
      },
    },
  });
  template().hasResourceProperties('AWS::CloudWatch::Alarm', {
    Metrics: Match.arrayWith([Match.objectLike({ MetricStat: Match.objectLike({ Stat: 'p99' }) })]),
    Threshold: 0.25,
  });
});

test('HTTP by default; HTTPS with a certificate and the name that it is for', () => {
  const plain = synthesise();
  plain.template().hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', { Port: 80, Protocol: 'HTTP' });
  expect(plain.service.url).toMatch(/^http:\/\//);

  const secure = synthesise({ certificate, hostName: 'model.bank.example' });
  secure.template().hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
    Port: 443,
    Protocol: 'HTTPS',
    SslPolicy: Match.stringLikeRegexp('TLS13'),
    Certificates: [{ CertificateArn: certificate.certificateArn }],
  });
  expect(secure.service.url).toBe('https://model.bank.example');
});

test('nobody calls who was not let in', () => {
  const { stack, service, vpc, template } = synthesise();
  service.allowFrom(new SecurityGroup(stack, 'Caller', { vpc }));
  template().hasResourceProperties('AWS::EC2::SecurityGroup', {
    GroupDescription: Match.stringLikeRegexp('Security Group for ELB'),
    SecurityGroupIngress: Match.absent(),
  });
  template().hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    FromPort: 80,
    ToPort: 80,
    SourceSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Caller'), 'GroupId'] },
  });
});

test("the service may read the model's part of the registry and the public half of its key only", () => {
  synthesise()
    .template()
    .hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          { Action: 'kms:GetPublicKey' },
          { Action: 's3:ListBucket', Condition: { StringLike: { 's3:prefix': ['models/risk/*'] } } },
          { Action: 'kms:Decrypt' },
          { Action: 's3:GetObject', Resource: { 'Fn::Join': ['', [Match.anyValue(), '/models/risk/*']] } },
        ].map((statement) => Match.objectLike(statement)),
      },
    });
});

test('one error lists every wrong prop, with what is allowed', () => {
  expect(() => synthesise({ minimumTasks: 3, maximumTasks: 2, cpu: 300, model: '/models/', certificate })).toThrow(
    'ModelService: maximumTasks is 2: set minimumTasks (3) or more; cpu is 300: set 256, 512, 1024, ... or 16384; ' +
      'model is "/models/": give a prefix without a slash at its ends; ' +
      'certificate is "(given)": set both certificate and hostName, or neither',
  );
});
