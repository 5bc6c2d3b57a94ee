import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AppConfigClient,
  ConflictException,
  CreateHostedConfigurationVersionCommand,
  ListDeploymentsCommand,
  StartDeploymentCommand,
  StopDeploymentCommand,
} from '@aws-sdk/client-appconfig';
import type { AuditWriter } from '../audit/append.ts';
import type { Deadline } from '../resilience/deadline.ts';
import type { ModeDocument } from './mode.ts';
import type { ModeAddress } from './modes.ts';

/** Pause before a deployment is tried again that another one is in the way of. Milliseconds. */
const pauseMs = 500;

export interface SwitchModeOptions {
  readonly client: AppConfigClient;
  readonly address: ModeAddress;
  /** Strategy of a stop: to all instances at once, and watched by nothing. */
  readonly atOnce: string;
  /** Strategy of any other change: watched, and rolled back by its alarm. */
  readonly watched: string;
  readonly audit: AuditWriter;
  now(): Date;
}

/** A mode that somebody wants, and why. */
export type WantedMode = Omit<ModeDocument, 'at'>;

type Within = Pick<Deadline, 'signal'>;

/**
 * Sets the mode: as a version of the configuration, which AppConfig checks and nobody reads yet, then in the audit
 * trail, then on the instances. What takes effect is in the audit trail before; what the trail has may have failed after.
 *
 * A change that is still being watched gives way: whoever stops must not wait for it.
 *
 * @param from the mode that held, or what is known of it
 * @returns the number of the deployment
 */
export async function switchMode(
  from: string,
  { mode, reason, by }: WantedMode,
  within: Within,
  options: SwitchModeOptions,
): Promise<number> {
  const { address, audit, now } = options;
  const at = now().toISOString();
  const version = await createVersion({ mode, reason, by, at }, within, options);
  await audit({ type: 'mode', schemaVersion: 1, id: randomUUID(), at, by, from, to: mode, reason }, within);
  const start = new StartDeploymentCommand({
    ApplicationId: address.application,
    EnvironmentId: address.environment,
    ConfigurationProfileId: address.profile,
    ConfigurationVersion: String(version),
    DeploymentStrategyId: mode === 'stop' ? options.atOnce : options.watched,
  });
  return deploy(start, within, options);
}

/** @throws BadRequestException if the document is not of the profile's schema */
async function createVersion(
  document: ModeDocument,
  { signal }: Within,
  { client, address }: SwitchModeOptions,
): Promise<number | undefined> {
  const { VersionNumber } = await client.send(
    new CreateHostedConfigurationVersionCommand({
      ApplicationId: address.application,
      ConfigurationProfileId: address.profile,
      ContentType: 'application/json',
      Content: new TextEncoder().encode(JSON.stringify(document)),
    }),
    { abortSignal: signal },
  );
  return VersionNumber;
}

/** Tries until nothing is in the way: rolling a change back takes AppConfig a moment. */
async function deploy(start: StartDeploymentCommand, within: Within, options: SwitchModeOptions): Promise<number> {
  for (;;) {
    try {
      const { DeploymentNumber } = await options.client.send(start, { abortSignal: within.signal });
      return DeploymentNumber as number;
    } catch (error) {
      if (!(error instanceof ConflictException)) throw error;
      await endCurrent(within, options);
      await sleep(pauseMs, undefined, { signal: within.signal });
    }
  }
}

/** Ends the change that is under way or being watched; its version goes, and another one follows at once. */
async function endCurrent({ signal }: Within, { client, address }: SwitchModeOptions): Promise<void> {
  const place = { ApplicationId: address.application, EnvironmentId: address.environment };
  const { Items = [] } = await client.send(new ListDeploymentsCommand(place), { abortSignal: signal });
  const current = Items.find(({ State }) => State === 'DEPLOYING' || State === 'BAKING');
  if (!current) return;
  const stop = new StopDeploymentCommand({ ...place, DeploymentNumber: current.DeploymentNumber, AllowRevert: true });
  await client.send(stop, { abortSignal: signal });
}
