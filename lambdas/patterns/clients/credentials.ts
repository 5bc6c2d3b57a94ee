import { fromEnv } from '@aws-sdk/credential-provider-env';
import { fromHttp } from '@aws-sdk/credential-provider-http';

type Credentials = Awaited<ReturnType<ReturnType<typeof fromEnv>>>;

/**
 * The credentials of a Lambda function: from its environment, or from an endpoint on its own host that the
 * environment names. The clients keep what they get until shortly before it expires, then ask again.
 */
export async function functionCredentials(): Promise<Credentials> {
  return process.env['AWS_ACCESS_KEY_ID'] ? fromEnv()() : fromHttp()();
}
