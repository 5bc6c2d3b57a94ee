import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';

/**
 * Limits of every call to AWS. The SDK's own default is no limit: a server that accepts and never answers would
 * hold the call until the function's time is up. Milliseconds.
 */
const limits = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
};

export const dynamoClient = () => new DynamoDBClient(limits);
export const kinesisClient = () => new KinesisClient(limits);
export const kmsClient = () => new KMSClient(limits);
// A custom endpoint is reached by path: names of buckets are not names of hosts there.
export const s3Client = () =>
  new S3Client({ ...limits, forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
