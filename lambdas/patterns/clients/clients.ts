import { AppConfigClient } from '@aws-sdk/client-appconfig';
import { AppConfigDataClient } from '@aws-sdk/client-appconfigdata';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { leftUntil } from '../resilience/deadline.ts';
import { sdkRetries } from '../resilience/retry.ts';
import { retryBudget } from '../resilience/retry-budget.ts';
import { functionCredentials } from './credentials.ts';

/** The retries of this container: its AWS clients and its steps take from the same. */
export const retries = retryBudget();

/** Attempts of one call to AWS, the first included. */
const attempts = 3;
/** Longest and shortest time of one attempt. Milliseconds. */
const longestMs = 3_000;
const shortestMs = 50;

/**
 * Gives each attempt half of the time that is left to the caller's deadline, so that one that hangs leaves time for
 * another. The SDK's own default is no limit: a server that accepts and never answers would hold the call until the
 * function's time is up.
 *
 * HTTP/1.1 for all of them. On HTTP/2, Kinesis's default, a connection that died while the function slept hangs.
 */
class DeadlineHandler extends NodeHttpHandler {
  override handle(...[request, options = {}]: Parameters<NodeHttpHandler['handle']>) {
    const half = leftUntil(options.abortSignal as AbortSignal | undefined) / 2;
    const requestTimeout = Math.ceil(Math.min(longestMs, Math.max(shortestMs, half)));
    return super.handle(request, { ...options, requestTimeout });
  }
}

const common = () => ({
  maxAttempts: attempts,
  retryStrategy: sdkRetries(retries, attempts),
  requestHandler: new DeadlineHandler({ connectionTimeout: 1_000, throwOnRequestTimeout: true }),
  credentials: functionCredentials,
});

/** Changes configurations; `appConfigClient` reads them. */
export const appConfigControlClient = () => new AppConfigClient(common());
export const appConfigClient = () => new AppConfigDataClient(common());
export const dynamoClient = () => new DynamoDBClient(common());
export const kinesisClient = () => new KinesisClient(common());
export const kmsClient = () => new KMSClient(common());
export const sfnClient = () => new SFNClient(common());
export const snsClient = () => new SNSClient(common());
export const sqsClient = () => new SQSClient(common());
/** Its calls are invocations that take as long as the function called: their limit is the caller's deadline. */
export const lambdaClient = () =>
  new LambdaClient({ credentials: functionCredentials, maxAttempts: 1, requestHandler: new NodeHttpHandler() });
// A custom endpoint is reached by path: names of buckets are not names of hosts there.
export const s3Client = () =>
  new S3Client({ ...common(), forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
