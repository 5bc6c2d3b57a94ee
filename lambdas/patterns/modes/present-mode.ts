import {
  type AppConfigDataClient,
  GetLatestConfigurationCommand,
  StartConfigurationSessionCommand,
} from '@aws-sdk/client-appconfigdata';
import { type ModeDocument, parseMode } from './mode.ts';
import type { ModeAddress } from './modes.ts';

/**
 * The mode that instances are given now, asked for anew: a session that is kept may be asked every 15 seconds only.
 *
 * @returns undefined if what they are given is no mode
 */
export async function presentMode(
  client: AppConfigDataClient,
  { application, environment, profile }: ModeAddress,
  signal: AbortSignal,
): Promise<ModeDocument | undefined> {
  const session = new StartConfigurationSessionCommand({
    ApplicationIdentifier: application,
    EnvironmentIdentifier: environment,
    ConfigurationProfileIdentifier: profile,
  });
  const { InitialConfigurationToken } = await client.send(session, { abortSignal: signal });
  const latest = new GetLatestConfigurationCommand({ ConfigurationToken: InitialConfigurationToken });
  const { Configuration } = await client.send(latest, { abortSignal: signal });
  return parseMode(Configuration?.transformToString() ?? '');
}
