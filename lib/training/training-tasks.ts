import { Duration, type Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { IntegrationPattern, JsonPath, type QueryLanguage, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import {
  EcsFargateLaunchTarget,
  EcsRunTask,
  type EcsRunTaskProps,
  type TaskEnvironmentVariable,
} from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { acknowledge } from '../common/acknowledge.ts';

export interface TrainingTasksProps {
  readonly image: ecs.ContainerImage;
  readonly cluster: ecs.ICluster;
  /** Environment of every step. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroup: ILogGroup;
  readonly cpu: number;
  readonly memory: Size;
  /** Longest time of one step. */
  readonly timeout: Duration;
}

/** Variables of a step whose values come from the execution, such as its input. */
export type StepVariables = Readonly<Record<string, string>>;

/** Runs the very revision that it was deployed with: the latest one of a family may be another by then. */
class RunStep extends EcsRunTask {
  readonly #revision: string;

  constructor(scope: Construct, id: string, props: EcsRunTaskProps) {
    super(scope, id, props);
    this.#revision = props.taskDefinition.taskDefinitionArn;
    // A task has no ARN before it runs: the cluster limits which may be looked at and stopped.
    for (const statement of this.taskPolicies ?? []) {
      if (!statement.actions.includes('ecs:StopTask')) continue;
      statement.addCondition('ArnEquals', { 'ecs:cluster': props.cluster.clusterArn });
    }
  }

  override toStateJson(topLevelQueryLanguage?: QueryLanguage): object {
    const state = super.toStateJson(topLevelQueryLanguage) as { readonly Parameters: object };
    return { ...state, Parameters: { ...state.Parameters, TaskDefinition: this.#revision } };
  }
}

/** The steps of a training as container tasks of one definition, in the isolated subnets. */
export class TrainingTasks extends Construct {
  readonly definition: ecs.FargateTaskDefinition;
  readonly securityGroup: ec2.SecurityGroup;
  readonly #container: ecs.ContainerDefinition;
  readonly #props: TrainingTasksProps;

  constructor(scope: Construct, id: string, props: TrainingTasksProps) {
    super(scope, id);
    this.#props = props;
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: props.cluster.vpc,
      description: 'Steps of the training: nobody calls them',
    });
    this.definition = new ecs.FargateTaskDefinition(this, 'Task', {
      cpu: props.cpu,
      memoryLimitMiB: props.memory.toMebibytes(),
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.X86_64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      // The loans, while a step works on them; it goes with the task.
      volumes: [{ name: 'scratch' }],
    });
    this.#container = this.#createContainer();
    acknowledge(this.definition, {
      'AwsSolutions-ECS2': 'The variables are addresses and settings; none is a secret',
      'AwsSolutions-IAM5[Resource::*]': "A token for the image registry is the account's: it has no ARN",
    });
  }

  /** A state that runs one step to its end. It fails when the step does. */
  step(id: string, step: string, variables: StepVariables): EcsRunTask {
    const environment: TaskEnvironmentVariable[] = Object.entries(variables).map(([name, value]) => ({ name, value }));
    const state = new RunStep(this, id, {
      integrationPattern: IntegrationPattern.RUN_JOB,
      cluster: this.#props.cluster,
      taskDefinition: this.definition,
      launchTarget: new EcsFargateLaunchTarget({ platformVersion: ecs.FargatePlatformVersion.LATEST }),
      subnets: { subnets: this.#props.cluster.vpc.isolatedSubnets },
      securityGroups: [this.securityGroup],
      assignPublicIp: false,
      containerOverrides: [
        { containerDefinition: this.#container, command: ['python', '-m', 'trainer.pipeline', step], environment },
      ],
      taskTimeout: Timeout.duration(this.#props.timeout),
      resultPath: JsonPath.DISCARD,
    });
    // A step may be taken again: it reads what the steps before have left, and a search goes on where it was.
    state.addRetry({ errors: ['States.ALL'], maxAttempts: 2, interval: Duration.seconds(10), backoffRate: 3 });
    return state;
  }

  #createContainer(): ecs.ContainerDefinition {
    const parameters = new ecs.LinuxParameters(this, 'Linux', { initProcessEnabled: true });
    parameters.dropCapabilities(ecs.Capability.ALL);
    const container = this.definition.addContainer('trainer', {
      image: this.#props.image,
      environment: { ...this.#props.environment },
      readonlyRootFilesystem: true,
      linuxParameters: parameters,
      privileged: false,
      user: '10001:10001',
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'trainer', logGroup: this.#props.logGroup }),
    });
    container.addMountPoints({ containerPath: '/tmp', sourceVolume: 'scratch', readOnly: false });
    return container;
  }
}
