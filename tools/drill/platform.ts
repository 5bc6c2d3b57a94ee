import { type CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ECSClient } from '@aws-sdk/client-ecs';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { AuditPlaces } from '../../local/start/audit.ts';
import { type Clients, connect, credentials, region } from '../../local/start/aws.ts';
import { localApiUrl, waitForOutput } from '../../local/start/outputs.ts';

/** A variable that only a drill sets: it renews the instances, and tells of a drill that was not ended. */
export const drillVariable = 'DRILL';

/** The platform on the embedded cloud, as a drill finds it. */
export interface Platform extends Clients {
  readonly ecs: ECSClient;
  readonly kinesis: KinesisClient;
  readonly lambda: LambdaClient;
  readonly cloudWatch: CloudWatchClient;
  /** Address of the HTTP API. */
  readonly api: string;
  readonly streamName: string;
  /** Name of the function that decides, its environment as it was deployed, and its time limit. */
  readonly consumer: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  /** The model service, by the ids of ECS. */
  readonly modelService: { readonly cluster: string; readonly service: string };
  readonly audit: AuditPlaces;
}

/** @throws Error if the platform is not there, or an earlier drill was killed and left it broken */
export async function findPlatform(endpoint: string, signal: AbortSignal): Promise<Platform> {
  const clients = connect(endpoint);
  const { cloudFormation } = clients;
  const options = { endpoint, region, credentials };
  const lambda = new LambdaClient(options);
  const output = (name: Parameters<typeof waitForOutput>[1]) => waitForOutput(clients, name, signal);
  const [consumer, service, apiUrl] = await Promise.all([
    resourceOf(cloudFormation, 'SeaworthyIngestion', 'AWS::Lambda::Function', 'StreamIngestionConsumer'),
    resourceOf(cloudFormation, 'SeaworthyServing', 'AWS::ECS::Service', 'ModelService'),
    output('apiUrl'),
  ]);
  const { Environment, Timeout = 0 } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: consumer }),
    { abortSignal: signal },
  );
  const environment = Environment?.Variables ?? {};
  if (environment[drillVariable] !== undefined) {
    throw new Error('an earlier drill was killed before it had mended the platform: start the platform anew');
  }
  const [, cluster = '', name = ''] = service.split('/');
  return {
    ...clients,
    lambda,
    ecs: new ECSClient(options),
    kinesis: new KinesisClient(options),
    cloudWatch: new CloudWatchClient(options),
    api: localApiUrl(apiUrl, endpoint),
    streamName: await resourceOf(cloudFormation, 'SeaworthyIngestion', 'AWS::Kinesis::Stream', 'StreamIngestion'),
    consumer,
    environment,
    timeoutSeconds: Timeout,
    modelService: { cluster, service: name },
    audit: {
      auditBucket: await output('auditBucket'),
      auditSubjectKeys: await output('auditSubjectKeys'),
      auditWrappingKey: await output('auditWrappingKey'),
      auditSigningKey: await output('auditSigningKey'),
      auditOrigin: await output('auditOrigin'),
    },
  };
}

/**
 * The physical id of the one resource of a type whose logical id begins so.
 *
 * @throws Error if there is none, or are several
 */
export async function resourceOf(
  client: CloudFormationClient,
  stack: string,
  type: string,
  logicalId: string,
): Promise<string> {
  const found: string[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName: stack })) {
    for (const { ResourceType, LogicalResourceId = '', PhysicalResourceId } of StackResourceSummaries) {
      if (ResourceType === type && LogicalResourceId.startsWith(logicalId)) found.push(PhysicalResourceId as string);
    }
  }
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  throw new Error(`the stack ${stack} has ${found.length} ${type} named ${logicalId}..., it should have one`);
}
