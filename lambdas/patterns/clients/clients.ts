import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { functionCredentials } from './credentials.ts';

/**
 * Limits of every call to AWS. The SDK's own default is no limit: a server that accepts and never answers would
 * hold the call until the function's time is up. Milliseconds.
 */
const timeouts = { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true };

/** HTTP/1.1 for all of them. On HTTP/2, Kinesis's default, a connection that died while the function slept hangs. */
const common = () => ({
  maxAttempts: 3,
  requestHandler: new NodeHttpHandler(timeouts),
  credentials: functionCredentials,
});

export const dynamoClient = () => new DynamoDBClient(common());
export const kinesisClient = () => new KinesisClient(common());
export const kmsClient = () => new KMSClient(common());
// A custom endpoint is reached by path: names of buckets are not names of hosts there.
export const s3Client = () =>
  new S3Client({ ...common(), forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
