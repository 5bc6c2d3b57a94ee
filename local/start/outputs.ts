import { Failure } from './failure.ts';

/** The outputs of the stacks that the start works with. */
export interface StackOutputs {
  readonly auditBucket: string;
  readonly decisionsTable: string;
  readonly registryUri: string;
  readonly modelServiceUrl: string;
  readonly apiUrl: string;
  readonly failureBucket: string;
  readonly historyBucket: string;
}

const places: Readonly<Record<keyof StackOutputs, readonly [stack: string, output: string]>> = {
  auditBucket: ['SeaworthyFoundation', 'AuditBucketName'],
  decisionsTable: ['SeaworthyDecision', 'DecisionsTableName'],
  registryUri: ['SeaworthyServing', 'RegistryUri'],
  modelServiceUrl: ['SeaworthyServing', 'ModelServiceUrl'],
  apiUrl: ['SeaworthyIngestion', 'ApiUrl'],
  failureBucket: ['SeaworthyIngestion', 'FailureBucketName'],
  historyBucket: ['SeaworthyHistory', 'HistoryBucketName'],
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

/** The API's address in the embedded cloud, which serves every API under its own port. */
export function localApiUrl(apiUrl: string, endpoint: string): string {
  const { hostname } = new URL(apiUrl);
  if (hostname === '127.0.0.1') return apiUrl.replace(/\/$/, '');
  return `${endpoint}/_aws/execute-api/${hostname.split('.')[0]}/$default`;
}
