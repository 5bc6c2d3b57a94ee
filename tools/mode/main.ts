// `npm run mode`: tells or switches how much is decided without people, with the caller's own credentials.
import { AppConfigDataClient } from '@aws-sdk/client-appconfigdata';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { confirmedForMs } from '../../lambdas/patterns/modes/modes.ts';
import { presentMode } from '../../lambdas/patterns/modes/present-mode.ts';
import { switchMode } from '../../lambdas/patterns/modes/switch-mode.ts';
import { awsEnvironment } from '../../local/start/aws.ts';
import { actorOf } from '../redrive/actor.ts';
import { type ModeOptions, parseArguments, UsageError, usage } from './arguments.ts';
import { deployed, deployedSwitch } from './switchboard.ts';

/** Longest that a switch may take. Milliseconds. */
const longestMs = 60_000;

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof UsageError ? error.message : `The mode can't be told or switched: ${error}`);
  return error instanceof UsageError ? 2 : 1;
});

/** @returns the exit code: 0 only if the mode is told, or has taken effect */
async function main(args: readonly string[]): Promise<number> {
  const options = parseArguments(args);
  if (!options) {
    console.log(usage);
    return 0;
  }
  // The embedded cloud takes any key: one's own are not shown to it.
  if (options.endpoint !== undefined) Object.assign(process.env, awsEnvironment(options.endpoint));
  const signal = AbortSignal.timeout(longestMs);
  if (options.action === 'show') return show(signal);
  return change(options, signal);
}

async function show(signal: AbortSignal): Promise<number> {
  const { address } = await deployedSwitch();
  const present = await presentMode(new AppConfigDataClient(), address, signal);
  if (!present) {
    console.error('The configuration is no mode that is known, so that people decide: switch to one that is.');
    return 1;
  }
  console.log(`${present.mode}, set by ${present.by}${present.at ? ` on ${present.at}` : ''}: ${present.reason}`);
  return 0;
}

async function change(options: Extract<ModeOptions, { action: 'switch' }>, signal: AbortSignal): Promise<number> {
  const { to: mode, reason } = options;
  const board = await deployedSwitch();
  const by = options.by ?? actorOf(await new STSClient().send(new GetCallerIdentityCommand({})));
  const from = (await presentMode(new AppConfigDataClient(), board.address, signal))?.mode ?? 'unknown';
  const number = await switchMode(from, { mode, reason, by }, { signal }, board);
  const state = await deployed(number, board, signal);
  const everywhere = new Date(Date.now() + confirmedForMs).toISOString();
  console.log(`From ${from} to ${mode} in the name of ${by}; on every instance by ${everywhere}`);
  if (state === 'watched') console.log('It is watched for five minutes, and rolled back if instances can not read it.');
  return 0;
}
