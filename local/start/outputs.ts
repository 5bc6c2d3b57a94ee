import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationServiceException, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import type { Clients } from './aws.ts';
import { Failure } from './failure.ts';

/** The outputs of the stacks that the start works with. */
export interface StackOutputs {
  readonly auditBucket: string;
  readonly auditQueue: string;
  readonly auditSubjectKeys: string;
  readonly auditWrappingKey: string;
  readonly auditSigningKey: string;
  readonly auditOrigin: string;
  readonly decisionsTable: string;
  readonly registryUri: string;
  readonly stagesTable: string;
  readonly signingKey: string;
  readonly trainersRole: string;
  readonly approversRole: string;
  readonly modelServiceUrl: string;
  readonly apiUrl: string;
  readonly driftFunction: string;
  /** `application/environment/profile`, by their ids. */
  readonly modes: string;
  readonly reviewApiUrl: string;
  readonly userPoolId: string;
  readonly userPoolClientId: string;
}

const places: Readonly<Record<keyof StackOutputs, readonly [stack: string, output: string]>> = {
  auditBucket: ['SeaworthyFoundation', 'AuditBucketName'],
  auditQueue: ['SeaworthyFoundation', 'AuditQueueUrl'],
  auditSubjectKeys: ['SeaworthyFoundation', 'AuditSubjectKeysName'],
  auditWrappingKey: ['SeaworthyFoundation', 'AuditWrappingKeyId'],
  auditSigningKey: ['SeaworthyFoundation', 'AuditSigningKeyId'],
  auditOrigin: ['SeaworthyFoundation', 'AuditOrigin'],
  decisionsTable: ['SeaworthyDecision', 'DecisionsTableName'],
  registryUri: ['SeaworthyServing', 'RegistryUri'],
  stagesTable: ['SeaworthyServing', 'StagesTableName'],
  signingKey: ['SeaworthyServing', 'SigningKeyArn'],
  trainersRole: ['SeaworthyServing', 'TrainersRoleArn'],
  approversRole: ['SeaworthyServing', 'ApproversRoleArn'],
  modelServiceUrl: ['SeaworthyServing', 'ModelServiceUrl'],
  apiUrl: ['SeaworthyIngestion', 'ApiUrl'],
  driftFunction: ['SeaworthyAssurance', 'DriftFunctionName'],
  modes: ['SeaworthyDecision', 'Modes'],
  reviewApiUrl: ['SeaworthyOversight', 'ReviewApiUrl'],
  userPoolId: ['SeaworthyOversight', 'UserPoolId'],
  userPoolClientId: ['SeaworthyOversight', 'UserPoolClientId'],
};

/**
 * Reads the file that `cdk deploy --outputs-file` writes.
 *
 * @throws Failure that names the stack and the output that is missing
 */
export function parseOutputs(file: unknown): StackOutputs {
  const stacks = file as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const found = Object.entries(places).map(([name, [stack, output]]) => {
    const value = stacks[stack]?.[output];
    if (!value) throw new Failure(`The stack ${stack} has no output ${output}: check that all stacks were deployed.`);
    return [name, value] as const;
  });
  return Object.fromEntries(found) as Readonly<Record<keyof StackOutputs, string>>;
}

/** Waits until the stack that has an output is complete, while others may still be deployed. @returns its value */
export async function waitForOutput(clients: Clients, name: keyof StackOutputs, signal: AbortSignal): Promise<string> {
  const [stackName, output] = places[name];
  for (;;) {
    const stack = await describeStack(clients, stackName, signal);
    const value = stack?.Outputs?.find(({ OutputKey }) => OutputKey === output)?.OutputValue;
    if (value !== undefined && isComplete(stack?.StackStatus)) return value;
    await sleep(500, undefined, { signal });
  }
}

async function describeStack(
  { cloudFormation }: Clients,
  name: string,
  signal: AbortSignal,
): Promise<Stack | undefined> {
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: name }), {
      abortSignal: signal,
    });
    return Stacks?.[0];
  } catch (error) {
    // It is not there yet.
    if (error instanceof CloudFormationServiceException && error.name === 'ValidationError') return undefined;
    throw error;
  }
}

/** Whether a stack is as its template says. */
export function isComplete(status: string | undefined): boolean {
  return status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE';
}

/** The address of an API's stage in the embedded cloud, which serves every API under its own port. */
export function localApiUrl(apiUrl: string, endpoint: string, stage = '$default'): string {
  const { hostname } = new URL(apiUrl);
  if (hostname === '127.0.0.1') return apiUrl.replace(/\/$/, '');
  return `${endpoint}/_aws/execute-api/${hostname.split('.')[0]}/${stage}`;
}
