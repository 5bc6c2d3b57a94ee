import { AppConfigDataClient } from '@aws-sdk/client-appconfigdata';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';

export const region = 'eu-west-2';
export const account = '000000000000';

/** The administrator of the embedded cloud's account, which nothing but this machine can reach. */
export const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' } as const;

/** What points the AWS tools of another process at the embedded cloud. */
export function awsEnvironment(endpoint: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** This process's environment without anything that points AWS tools at a real account. */
export function withoutAws(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(AWS|CDK)_/.test(name)));
}

export interface Clients {
  readonly appConfigData: AppConfigDataClient;
  readonly cloudFormation: CloudFormationClient;
  readonly dynamo: DynamoDBClient;
  readonly kms: KMSClient;
  readonly lambda: LambdaClient;
  readonly s3: S3Client;
  readonly cognito: CognitoIdentityProviderClient;
}

export function connect(endpoint: string): Clients {
  const options = { endpoint, region, credentials };
  return {
    appConfigData: new AppConfigDataClient(options),
    cloudFormation: new CloudFormationClient(options),
    dynamo: new DynamoDBClient(options),
    kms: new KMSClient(options),
    lambda: new LambdaClient(options),
    s3: new S3Client({ ...options, forcePathStyle: true }),
    cognito: new CognitoIdentityProviderClient(options),
  };
}
