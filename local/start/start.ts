import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Python } from '../../scripts/python.ts';
import type { Options } from './arguments.ts';
import { checkAudit } from './audit.ts';
import { type Clients, connect } from './aws.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { fetchLoans, type Loans, ownLoans } from './data.ts';
import { type Decision, readDecisions } from './decisions.ts';
import { type Deployment, deploy } from './deploy.ts';
import { environments, findUv, type SetUpEnvironment } from './environments.ts';
import { evaluate } from './evaluation.ts';
import { root } from './folders.ts';
import { uploadHistory } from './history.ts';
import { meterMemory } from './memory.ts';
import { waitForModel } from './model.ts';
import { localApiUrl } from './outputs.ts';
import { freePort } from './ports.ts';
import { publish } from './publish.ts';
import { prepareReplay, type Replay, readOutcomes } from './replay.ts';
import { makeReport, type Report } from './report.ts';
import type { Run } from './runs.ts';
import { elapsed, say } from './say.ts';
import { serveReport } from './server.ts';
import { streamApplications } from './stream.ts';
import { together } from './together.ts';
import { trainer } from './trainer.ts';

/** The years that the model learns from: all that was known when the first application comes in. */
const trainingPeriod = ['--first', '1997-01-01', '--last', '2003-12-31'];
const seed = '7';

/** Cost of a bad loan accepted over that of a good one refused, as the stacks have it. */
const costRatio = 5;

/** What a start works with. */
export interface Start {
  readonly options: Options;
  readonly python: Python;
  readonly run: Run;
  readonly signal: AbortSignal;
  /** Ends all that goes on. */
  abort(reason: Error): void;
  /** Registers what must be ended with the start. */
  atEnd(stop: () => void | Promise<void>): void;
}

interface Deployed {
  readonly cloud: Cloud;
  readonly clients: Clients;
  readonly deployment: Deployment;
  readonly seconds: Pick<Report['seconds'], 'setUp' | 'deploy'>;
}

/** Brings the whole platform up, sends it real applications and reports what became of them. */
export async function start(context: Start): Promise<Report> {
  const { options, python, run, signal, atEnd } = context;
  const memory = meterMemory();
  atEnd(memory.stop);
  const server = await serveReport();
  atEnd(server.stop);
  const own = options.data === undefined ? undefined : await ownLoans(options.data);
  const uv = await findUv(python, run, signal);
  const setUp = environments(uv, python, run);
  const getLoans = async (both: AbortSignal) => own ?? (await fetchLoans(options.state, uv, python, run, both));
  const [{ cloud, clients, deployment, seconds }, { loans, replay }] = await together(signal, (both) => [
    bringUp({ ...context, signal: both }, setUp),
    prepare({ ...context, signal: both }, setUp, getLoans),
  ]);
  const { outputs, stacks } = deployment;

  const training = await timed(trainAndServe(context, cloud, clients, deployment, loans));
  const modelVersion = training.result;
  const api = localApiUrl(outputs.apiUrl, cloud.endpoint);
  const { applications } = replay;
  const stream = await timed(
    streamApplications({ applications, api, decisionsTable: outputs.decisionsTable, clients, signal }),
  );

  say('report', 'Comparing the decisions with the audit log and with the outcomes');
  const decisions = await readDecisions(clients, outputs.decisionsTable);
  const files = {
    registry: outputs.registryUri,
    version: modelVersion,
    decisions: await writeDecisions(run, decisions),
    outcomes: replay.outcomes,
  };
  const [audit, evaluation] = await together(signal, (both) => [
    checkAudit(clients, outputs.auditBucket, decisions, both),
    evaluate(trainer(run, cloud.endpoint, both), files, costRatio),
  ]);
  const report = makeReport({
    data: replay.data,
    sent: stream.result,
    decisions,
    defaulted: await readOutcomes(replay),
    audit,
    evaluation,
    modelVersion,
    stacks,
    seconds: { ...seconds, train: training.seconds, stream: stream.seconds, total: elapsed() },
    peakMemoryBytes: memory.peak(),
    addresses: { cloud: cloud.endpoint, api, modelService: outputs.modelServiceUrl, page: server.address },
  });
  await publish(report, decisions, server, run, options.report);
  return report;
}

async function timed<Result>(work: Promise<Result>): Promise<{ result: Result; seconds: number }> {
  const begun = elapsed();
  const result = await work;
  return { result, seconds: elapsed() - begun };
}

/** The embedded cloud with every stack in it. */
async function bringUp({ options, run, signal, abort, atEnd }: Start, setUp: SetUpEnvironment): Promise<Deployed> {
  // The tasks of the model service run from its environment as soon as they are deployed.
  await together(signal, (both) => [setUp('local/cloud', both), setUp('services/model-service', both)]);
  const cloud = await startCloud(run, options.port ?? (await freePort()), signal, abort);
  atEnd(cloud.stop);
  say('cloud', `The embedded cloud is up at ${cloud.endpoint}`);
  const clients = connect(cloud.endpoint);
  const setUpSeconds = elapsed();
  const { result, seconds } = await timed(deploy(run, cloud, clients, signal));
  return { cloud, clients, deployment: result, seconds: { setUp: setUpSeconds, deploy: seconds } };
}

/** What the deployment does not need: loans, the trainer, the applications to send. */
async function prepare(
  { options, run, signal }: Start,
  setUp: SetUpEnvironment,
  getLoans: (signal: AbortSignal) => Promise<Loans>,
): Promise<{ loans: Loans; replay: Replay }> {
  const [loans] = await together(signal, (both) => [getLoans(both), setUp('services/trainer', both)]);
  const replay = await prepareReplay(run, loans, options.applications, trainer(run, undefined, signal));
  return { loans, replay };
}

/** @returns the version of the model that is served */
async function trainAndServe(
  { run, signal }: Start,
  cloud: Cloud,
  clients: Clients,
  { outputs }: Deployment,
  loans: Loans,
): Promise<string> {
  const places = ['--csv', loans.csv, '--features', path.join(root, 'schemas/features.json')];
  const choices = ['--registry', outputs.registryUri, '--seed', seed, '--cost-ratio', String(costRatio), '--promote'];
  const [{ version }] = await together(signal, (both) => [
    trainer(run, cloud.endpoint, both)<{ version: string }>('train', [...places, ...trainingPeriod, ...choices]),
    uploadHistory(clients, outputs.historyBucket, loans, both),
  ]);
  await waitForModel(outputs.modelServiceUrl, version, signal);
  say('train', `The model service serves ${version}`);
  return version;
}

/** The records of the decisions, one JSON document a line. */
async function writeDecisions(run: Run, decisions: readonly Decision[]): Promise<string> {
  const file = path.join(run.folder, 'decisions.jsonl');
  await writeFile(file, decisions.map((decision) => `${JSON.stringify(decision)}\n`).join(''));
  return file;
}
