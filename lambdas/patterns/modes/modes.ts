import {
  type AppConfigDataClient,
  GetLatestConfigurationCommand,
  StartConfigurationSessionCommand,
} from '@aws-sdk/client-appconfigdata';
import { type Deadline, within } from '../resilience/deadline.ts';
import { type Mode, parseMode } from './mode.ts';

/** Where the mode is set. */
export interface ModeAddress {
  readonly application: string;
  readonly environment: string;
  readonly profile: string;
}

/** How often an instance asks. AppConfig allows no shorter time than this. Milliseconds. */
export const pollMs = 15_000;
/** A mode that could not be confirmed for so long may have been changed since. Milliseconds. */
export const confirmedForMs = 30_000;
/** Pause after a failure, so that an AppConfig that is down is not asked with every record. Milliseconds. */
const pauseMs = 2_000;
/** Longest that one question may hold up a decision. Milliseconds. */
const longestMs = 1_000;

export interface ModesOptions {
  readonly client: AppConfigDataClient;
  readonly address: ModeAddress;
  now(): number;
  /** Told when the mode can't be confirmed, or is one that this code does not know. */
  onUnknown(why: 'unreachable' | 'not-valid'): void;
}

/**
 * The mode of this instance, asked for again when it is 15 seconds old: a stop takes effect everywhere within 30
 * seconds. Where the mode has not been confirmed for 30 seconds a stop may have been given, so a person decides.
 */
export function modesOf(options: ModesOptions): (deadline: Deadline) => Promise<Mode> {
  const { client, address, now, onUnknown } = options;
  let token: string | undefined;
  let mode: Mode = 'manual';
  let confirmedAt = Number.NEGATIVE_INFINITY;
  let askAfter = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  async function ask(deadline: Deadline): Promise<void> {
    const { signal } = within(deadline, longestMs, now);
    token ??= await startSession(client, address, signal);
    const answer = await client.send(new GetLatestConfigurationCommand({ ConfigurationToken: token }), {
      abortSignal: signal,
    });
    token = answer.NextPollConfigurationToken;
    confirmedAt = now();
    askAfter = confirmedAt + pollMs;
    // Nothing is sent when nothing has changed.
    if (!answer.Configuration?.length) return;
    const document = parseMode(answer.Configuration.transformToString());
    if (!document) onUnknown('not-valid');
    mode = document?.mode ?? 'manual';
  }

  async function refresh(deadline: Deadline): Promise<void> {
    try {
      await ask(deadline);
    } catch {
      // A token that has ended or was lost is of no use: the next question starts anew.
      token = undefined;
      askAfter = now() + pauseMs;
      if (now() - confirmedAt >= confirmedForMs) onUnknown('unreachable');
    } finally {
      asking = undefined;
    }
  }

  return async (deadline) => {
    if (now() >= askAfter) {
      asking ??= refresh(deadline);
      await asking;
    }
    return now() - confirmedAt < confirmedForMs ? mode : 'manual';
  };
}

async function startSession(
  client: AppConfigDataClient,
  { application, environment, profile }: ModeAddress,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { InitialConfigurationToken } = await client.send(
    new StartConfigurationSessionCommand({
      ApplicationIdentifier: application,
      EnvironmentIdentifier: environment,
      ConfigurationProfileIdentifier: profile,
      RequiredMinimumPollIntervalInSeconds: pollMs / 1_000,
    }),
    { abortSignal: signal },
  );
  return InitialConfigurationToken;
}
