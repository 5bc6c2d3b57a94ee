import path from 'node:path';
import type { Options } from './arguments.ts';
import type { Clients } from './aws.ts';
import type { Cloud } from './cloud.ts';
import type { Loans } from './data.ts';
import type { SetUpEnvironment } from './environments.ts';
import { root } from './folders.ts';
import { waitForModel } from './model.ts';
import { type StackOutputs, waitForOutput } from './outputs.ts';
import { signIn } from './people.ts';
import { prepareReplay, type Replay } from './replay.ts';
import type { Run } from './runs.ts';
import { say, type Timed, timed } from './say.ts';
import { together } from './together.ts';
import { trainer } from './trainer.ts';

/** The years that the model learns from: all that was known when the first application comes in. */
export const trainingPeriod = ['--first', '1997-01-01', '--last', '2003-12-31', '--seed', '7'];

/** Who trains and who approves must be two people; here they are two names. */
export const people = { trainer: 'first-person', approver: 'second-person' };

export interface LearnOptions {
  readonly options: Options;
  readonly run: Run;
  readonly setUp: SetUpEnvironment;
  getLoans(signal: AbortSignal): Promise<Loans>;
  readonly costRatio: number;
  readonly signal: AbortSignal;
  /** The embedded cloud, once it is up. */
  readonly up: Promise<{ readonly cloud: Cloud; readonly clients: Clients }>;
}

export interface Learned {
  readonly replay: Replay;
  /** The version of the model that is served. */
  readonly training: Timed<string>;
}

/**
 * Gets the loans, sets aside the applications to send, and trains, registers and promotes a model on earlier years.
 *
 * It goes on beside the deployment and waits only for the stacks that it writes to.
 */
export async function learn(context: LearnOptions): Promise<Learned> {
  const { options, run, setUp, getLoans, signal } = context;
  const [loans] = await together(signal, (both) => [getLoans(both), setUp('services/trainer', both)]);
  const replay = await prepareReplay(run, loans, options.applications, trainer(run, undefined, signal));
  const { cloud, clients } = await context.up;
  const registry = await waitForOutput(clients, 'registryUri', signal);
  const training = await timed(train(context, cloud, clients, registry, loans));
  return { replay, training };
}

async function train(
  { run, costRatio, signal }: LearnOptions,
  { endpoint }: Cloud,
  clients: Clients,
  registry: string,
  loans: Loans,
): Promise<string> {
  const output = (name: keyof StackOutputs) => waitForOutput(clients, name, signal);
  const stages = ['--registry', registry, '--stages', await output('stagesTable')];
  const places = ['--csv', loans.csv, '--features', path.join(root, 'schemas/features.json'), ...stages];
  const how = [...trainingPeriod, '--cost-ratio', String(costRatio), '--signing-key', await output('signingKey')];
  const asTrainer = ['--role', await output('trainersRole'), '--person', people.trainer];
  const first = trainer(run, endpoint, signal, await signIn(endpoint, people.trainer));
  const { version } = await first<{ version: string }>('train', [...places, ...how, ...asTrainer]);
  const asApprover = ['--role', await output('approversRole'), '--person', people.approver];
  const second = trainer(run, endpoint, signal, await signIn(endpoint, people.approver));
  const audit = ['--audit-queue', await output('auditQueue')];
  await second('model', ['promote', ...stages, '--version', version, ...asApprover, ...audit]);
  await waitForModel(await output('modelServiceUrl'), version, signal);
  say('train', `The model service serves ${version}`);
  return version;
}
