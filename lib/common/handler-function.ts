import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';
import { acknowledge } from './acknowledge.ts';
import { Problems } from './problems.ts';

const bundles = fileURLToPath(new URL('../../dist/handlers', import.meta.url));

export interface HandlerFunctionProps {
  /** Name of the bundled handler: its folder in `lambdas/`. */
  readonly handler: string;
  /** What the handler's `environment.ts` asks for. */
  readonly environment: Readonly<Record<string, string>>;
  /** Encrypts the environment and the log; its policy must let CloudWatch Logs use it. */
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /**
   * Longest time of one invocation.
   * @default - 10 seconds
   */
  readonly timeout?: Duration;
  /**
   * Memory, which also sets the share of a processor.
   * @default - 512 MiB
   */
  readonly memory?: Size;
  /**
   * Network of the function; it runs in the isolated subnets.
   * @default - none: the function reaches AWS's public endpoints
   */
  readonly vpc?: IVpc;
  /**
   * Most invocations at a time, which are also kept free for it.
   * @default - as many as the account has left
   */
  readonly reservedConcurrency?: number;
  /**
   * How long its log is kept.
   * @default - three months
   */
  readonly logRetention?: RetentionDays;
}

type AlarmName = 'errors' | 'throttles' | 'nearTimeout';

/** A handler of this project as a Lambda function: bundled code, own role, encrypted log, traces and alarms. */
export class HandlerFunction extends Construct implements IGrantable {
  readonly function: lambda.Function;
  readonly role: Role;
  readonly logGroup: LogGroup;
  /** The value of the dimension `service` of the handler's metrics. */
  readonly service: string;
  readonly alarms: Readonly<Record<AlarmName, Alarm>>;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    const { timeout = Duration.seconds(10), memory = Size.mebibytes(512) } = props;
    new Problems('HandlerFunction')
      .within('timeout, in seconds,', timeout.toSeconds(), 1, 900)
      .within('memory, in MiB,', memory.toMebibytes(), 128, 10_240)
      .throwIfAny();

    this.service = props.handler;
    this.logGroup = new LogGroup(this, 'Log', {
      encryptionKey: props.encryptionKey,
      retention: props.logRetention ?? RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = this.#createRole(props.vpc !== undefined);
    // Its environment is decrypted in its name.
    props.encryptionKey.grant(this.role, 'kms:Decrypt');
    this.function = new lambda.Function(this, 'Function', {
      // Nothing native is bundled, so the cheaper processor serves.
      architecture: lambda.Architecture.ARM_64,
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: codeOf(props.handler),
      role: this.role,
      memorySize: memory.toMebibytes(),
      reservedConcurrentExecutions: props.reservedConcurrency,
      timeout,
      environment: {
        ...props.environment,
        POWERTOOLS_SERVICE_NAME: this.service,
        POWERTOOLS_METRICS_NAMESPACE: 'Seaworthy',
      },
      environmentEncryption: props.encryptionKey,
      logGroup: this.logGroup,
      tracing: lambda.Tracing.ACTIVE,
      vpc: props.vpc,
      vpcSubnets: props.vpc && { subnets: props.vpc.isolatedSubnets },
    });
    this.#acknowledgeWhatStrangersFind(props.vpc !== undefined);
    this.alarms = this.#createAlarms(props.alarmTopic, timeout);
  }

  get grantPrincipal() {
    return this.role.grantPrincipal;
  }

  /** What checkers of templates ask of every function, and why it is not so here. */
  #acknowledgeWhatStrangersFind(inVpc: boolean): void {
    const deadLetters =
      'For asynchronous calls only: streams, queues, schedules and callers deal with a failure themselves';
    const concurrency = "All functions share the account's concurrency; one that is refused any has an alarm";
    acknowledge(this.function, {
      CKV_AWS_116: deadLetters,
      'NIST.800.53.R5-LambdaDLQ': deadLetters,
      CKV_AWS_115: concurrency,
      'NIST.800.53.R5-LambdaConcurrency': concurrency,
    });
    acknowledge(this.role, { 'NIST.800.53.R5-IAMNoInlinePolicy': 'The policy is of this one role, and goes with it' });
    if (inVpc) {
      acknowledge(this.role, {
        CKV_AWS_111: 'Lambda makes its network interfaces when it likes: they have no ARN before',
      });
      return;
    }
    const network = "It calls AWS's own interfaces only, by its role, and takes no connections";
    acknowledge(this.function, { CKV_AWS_117: network, 'NIST.800.53.R5-LambdaInsideVPC': network });
  }

  /** What AWS's managed policies for functions allow, but for this function's own log only. */
  #createRole(inVpc: boolean): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup.grantWrite(role);
    if (inVpc) {
      role.addToPolicy(
        new PolicyStatement({
          actions: [
            'ec2:CreateNetworkInterface',
            'ec2:DescribeNetworkInterfaces',
            'ec2:DescribeSubnets',
            'ec2:DeleteNetworkInterface',
            'ec2:AssignPrivateIpAddresses',
            'ec2:UnassignPrivateIpAddresses',
          ],
          resources: ['*'],
        }),
      );
    }
    acknowledge(role, {
      'AwsSolutions-IAM5[Resource::*]':
        'Traces, and the network interfaces that Lambda makes: neither has an ARN before',
    });
    return role;
  }

  #createAlarms(topic: ITopic, timeout: Duration) {
    const options = { period: alarmPeriod };
    const threeOfFive = { evaluationPeriods: 5, datapointsToAlarm: 3 };
    return createAlarms<AlarmName>(this, topic, 'handler', {
      errors: {
        metric: this.function.metricErrors(options),
        meaning: `Invocations of the ${this.service} handler fail.`,
        threshold: 1,
        ...threeOfFive,
      },
      throttles: {
        metric: this.function.metricThrottles(options),
        meaning: `The ${this.service} handler is refused concurrency.`,
        threshold: 1,
        ...threeOfFive,
      },
      nearTimeout: {
        metric: this.function.metricDuration({ ...options, statistic: 'Maximum' }),
        meaning: `Invocations of the ${this.service} handler take four fifths of their time limit or more.`,
        threshold: timeout.toMilliseconds() * 0.8,
        ...threeOfFive,
      },
    });
  }
}

function codeOf(handler: string): lambda.Code {
  const handlers = bundledHandlers();
  const bundle = handlers[handler];
  if (!bundle) {
    const known = Object.keys(handlers).join(', ');
    throw new Error(`HandlerFunction: handler is ${JSON.stringify(handler)}: name a folder of lambdas/ (${known})`);
  }
  return lambda.Code.fromAsset(path.join(bundles, handler), {
    assetHash: bundle.hash,
    assetHashType: AssetHashType.CUSTOM,
  });
}

function bundledHandlers(): Readonly<Record<string, { readonly hash: string }>> {
  const manifest = path.join(bundles, 'manifest.json');
  if (!existsSync(manifest)) {
    throw new Error(`HandlerFunction: there is no ${manifest}: call bundleHandlers() of scripts/bundle.ts first`);
  }
  return JSON.parse(readFileSync(manifest, 'utf8')).handlers;
}
