import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

const bundles = fileURLToPath(new URL('../../dist/handlers', import.meta.url));

export interface HandlerFunctionProps {
  /** Name of the bundled handler: its folder in `lambdas/`. */
  readonly handler: string;
  /** What the handler's `environment.ts` asks for. */
  readonly environment: Readonly<Record<string, string>>;
  /** Encrypts the environment and the log. */
  readonly encryptionKey: IKey;
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
   * Network of the function.
   * @default - none: the function reaches AWS's public endpoints
   */
  readonly vpc?: ec2.IVpc;
  /**
   * How long its log is kept.
   * @default - three months
   */
  readonly logRetention?: RetentionDays;
}

/** A handler of this project as a Lambda function: bundled code, own encrypted log, tracing, structured logs. */
export class HandlerFunction extends Construct {
  readonly function: lambda.Function;
  readonly logGroup: LogGroup;
  /** The value of the dimension `service` of the handler's metrics. */
  readonly service: string;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    this.service = props.handler;
    this.logGroup = new LogGroup(this, 'Log', {
      encryptionKey: props.encryptionKey,
      retention: props.logRetention ?? RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.function = new lambda.Function(this, 'Function', {
      // Nothing native is bundled, so the cheaper processor serves.
      architecture: lambda.Architecture.ARM_64,
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: codeOf(props.handler),
      memorySize: (props.memory ?? Size.mebibytes(512)).toMebibytes(),
      timeout: props.timeout ?? Duration.seconds(10),
      environment: {
        ...props.environment,
        POWERTOOLS_SERVICE_NAME: this.service,
        POWERTOOLS_METRICS_NAMESPACE: 'Seaworthy',
      },
      environmentEncryption: props.encryptionKey,
      logGroup: this.logGroup,
      tracing: lambda.Tracing.ACTIVE,
      ...(props.vpc !== undefined && this.#network(props.vpc)),
    });
  }

  /** Out to AWS's endpoints, and to nothing else until a rule says so. */
  #network(vpc: ec2.IVpc): Pick<lambda.FunctionProps, 'vpc' | 'vpcSubnets' | 'securityGroups'> {
    const description = `Handler ${this.service}`;
    const group = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc, description, allowAllOutbound: false });
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'AWS endpoints');
    return { vpc, vpcSubnets: { subnets: vpc.isolatedSubnets }, securityGroups: [group] };
  }
}

function codeOf(handler: string): lambda.Code {
  const manifest = JSON.parse(readFileSync(path.join(bundles, 'manifest.json'), 'utf8')) as {
    handlers: Record<string, { hash: string }>;
  };
  const bundle = manifest.handlers[handler];
  if (!bundle) throw new Error(`there is no handler ${handler}: have ${Object.keys(manifest.handlers).join(', ')}`);
  return lambda.Code.fromAsset(path.join(bundles, handler), {
    assetHash: bundle.hash,
    assetHashType: AssetHashType.CUSTOM,
  });
}
