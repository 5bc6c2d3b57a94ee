import { setTimeout as sleep } from 'node:timers/promises';
import { AppConfigClient, DeploymentState, GetDeploymentCommand } from '@aws-sdk/client-appconfig';
import { SQSClient } from '@aws-sdk/client-sqs';
import { auditWriter } from '../../lambdas/patterns/audit/append.ts';
import { parseModeAddress, parseModeStrategies } from '../../lambdas/patterns/modes/address.ts';
import type { SwitchModeOptions } from '../../lambdas/patterns/modes/switch-mode.ts';
import { outputsOf } from '../audit/trail.ts';

/** Pause between two looks at a deployment. Milliseconds. */
const pauseMs = 500;

/** Where the mode of the deployed platform is set, found by the outputs of its stacks. */
export async function deployedSwitch(): Promise<SwitchModeOptions> {
  const [decision, foundation] = await Promise.all([
    outputsOf('SeaworthyDecision', ['Modes', 'ModeStrategies']),
    outputsOf('SeaworthyFoundation', ['AuditQueueUrl']),
  ]);
  return {
    client: new AppConfigClient(),
    address: parseModeAddress(decision.Modes),
    ...parseModeStrategies(decision.ModeStrategies),
    audit: auditWriter(new SQSClient(), foundation.AuditQueueUrl),
    now: () => new Date(),
  };
}

/**
 * Waits until a deployment gives its version to every instance that asks.
 *
 * @returns whether it is still being watched, and may be rolled back
 * @throws Error if it was rolled back
 */
export async function deployed(
  number: number,
  { client, address }: Pick<SwitchModeOptions, 'client' | 'address'>,
  signal: AbortSignal,
): Promise<'watched' | 'done'> {
  const get = new GetDeploymentCommand({
    ApplicationId: address.application,
    EnvironmentId: address.environment,
    DeploymentNumber: number,
  });
  for (;;) {
    const { State } = await client.send(get, { abortSignal: signal });
    if (State === DeploymentState.COMPLETE) return 'done';
    if (State === DeploymentState.BAKING) return 'watched';
    if (State !== DeploymentState.DEPLOYING && State !== DeploymentState.VALIDATING)
      throw new Error(
        `deployment ${number} of the mode is ${State}, so that the mode before it holds: see mode-unknown in ` +
          'docs/runbooks/decision-service.md and who else switched it (npm run audit), then switch again',
      );
    await sleep(pauseMs, undefined, { signal });
  }
}
