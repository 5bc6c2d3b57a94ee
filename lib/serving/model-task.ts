import { Duration, RemovalPolicy, type Size, Stack } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge } from '../common/acknowledge.ts';
import { grantReadObjects } from '../common/grants.ts';

export interface ModelTaskProps {
  readonly image: ecs.ContainerImage;
  readonly registry: IBucket;
  readonly model: string;
  readonly signingKey: IKey;
  readonly encryptionKey: IKey;
  readonly cpu: number;
  readonly memory: Size;
}

/** The port on which the service listens in its container. */
export const modelPort = 8080;
/** Name of that port for Service Connect. */
export const modelPortName = 'score';

/** What one task of the service is: a container that may do nothing but read its models and answer. */
export function modelTask(scope: Construct, props: ModelTaskProps) {
  const { image, registry, model, signingKey } = props;
  const logGroup = new LogGroup(scope, 'Log', {
    encryptionKey: props.encryptionKey,
    retention: RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const definition = new ecs.FargateTaskDefinition(scope, 'Task', {
    cpu: props.cpu,
    memoryLimitMiB: props.memory.toMebibytes(),
    runtimePlatform: {
      // What an image is built for by default on most machines that build them.
      cpuArchitecture: ecs.CpuArchitecture.X86_64,
      operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
    },
  });
  definition.addContainer('model', {
    image,
    environment: {
      MODEL_REGISTRY: registry.s3UrlForObject(model),
      MODEL_SIGNING_KEY: signingKey.keyArn,
      AWS_REGION: Stack.of(scope).region,
      PORT: String(modelPort),
    },
    portMappings: [{ containerPort: modelPort, name: modelPortName, appProtocol: ecs.AppProtocol.http }],
    readonlyRootFilesystem: true,
    linuxParameters: linuxParameters(scope),
    privileged: false,
    user: '10001:10001',
    stopTimeout: Duration.seconds(60),
    logging: ecs.LogDrivers.awsLogs({
      streamPrefix: 'model',
      logGroup,
      mode: ecs.AwsLogDriverMode.NON_BLOCKING,
    }),
  });
  signingKey.grant(definition.taskRole, 'kms:GetPublicKey');
  grantReadObjects(registry, definition.taskRole, `${model}/`);
  acknowledge(definition, {
    'AwsSolutions-ECS2': 'The variables are addresses and settings; none is a secret',
    'AwsSolutions-IAM5[Resource::*]': "A token for the image registry is the account's: it has no ARN",
  });
  return { definition, logGroup };
}

/** No capabilities, and `/tmp` in memory as the one place that may be written to. */
function linuxParameters(scope: Construct): ecs.LinuxParameters {
  const parameters = new ecs.LinuxParameters(scope, 'Linux', { initProcessEnabled: true });
  parameters.dropCapabilities(ecs.Capability.ALL);
  parameters.addTmpfs({
    containerPath: '/tmp',
    size: 128,
    mountOptions: [ecs.TmpfsMountOption.NOEXEC, ecs.TmpfsMountOption.NOSUID, ecs.TmpfsMountOption.NODEV],
  });
  return parameters;
}
