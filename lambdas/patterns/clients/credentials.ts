import { fromEnv } from '@aws-sdk/credential-provider-env';
import { fromHttp } from '@aws-sdk/credential-provider-http';

/**
 * Stands in for the SDK's chain of credential providers in the bundles (`scripts/bundle.ts`): a Lambda function gets
 * its credentials from the environment, or from an endpoint on its own host that the environment names. The rest of
 * the chain (profiles, single sign-on, processes) can't apply there and is a fifth to a third of a bundle.
 *
 * The clients keep what they get until shortly before it expires, then ask again.
 */
export function defaultProvider(): ReturnType<typeof fromEnv> {
  return async () => (process.env['AWS_ACCESS_KEY_ID'] ? fromEnv()() : fromHttp()());
}
