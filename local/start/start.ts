import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Options } from './arguments.ts';
import { checkAudit, waitForEntries } from './audit.ts';
import { type Clients, connect } from './aws.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { fetchLoans, ownLoans } from './data.ts';
import { countDecisions, type Decision, readDecisions } from './decisions.ts';
import { type Deployment, deploy } from './deploy.ts';
import { environments, findUv, type SetUpEnvironment } from './environments.ts';
import { evaluate } from './evaluation.ts';
import { type Learned, learn } from './learn.ts';
import { meterMemory } from './memory.ts';
import { replayOutcomes } from './outcomes.ts';
import { localApiUrl } from './outputs.ts';
import { freePort } from './ports.ts';
import { publish } from './publish.ts';
import { readOutcomes } from './replay.ts';
import { makeReport, type Report } from './report.ts';
import { startReviewing } from './reviewing.ts';
import type { Run } from './runs.ts';
import { elapsed, say, type Timed, timed } from './say.ts';
import { serveReport } from './server.ts';
import type { Session } from './session.ts';
import { streamApplications } from './stream.ts';
import { together } from './together.ts';
import { trainer } from './trainer.ts';

/** Cost of a bad loan accepted over that of a good one refused, as the stacks have it. */
const costRatio = 5;

/** What a start works with. */
export interface Start extends Session {
  readonly options: Options;
}

interface Up {
  readonly cloud: Cloud;
  readonly clients: Clients;
  /** Seconds since the start. */
  readonly after: number;
}

/** Brings the whole platform up, sends it real applications and reports what became of them. */
export async function start(context: Start): Promise<Report> {
  const { options, run, signal, atEnd } = context;
  const memory = meterMemory();
  atEnd(memory.stop);
  const server = await serveReport();
  atEnd(server.stop);
  const { cloud, clients, after, deployment, replay, training } = await standUp(context);
  const { outputs, stacks } = deployment.result;
  const modelVersion = training.result;
  const api = localApiUrl(outputs.apiUrl, cloud.endpoint);
  const reviewing = await startReviewing({ outputs, cloud: cloud.endpoint, clients, signal, atEnd });
  const { applications } = replay;
  const stream = await timed(
    streamApplications({ applications, api, decisionsTable: outputs.decisionsTable, clients, signal }),
  );

  const decisions = await readDecisions(clients, outputs.decisionsTable);
  const files = {
    registry: outputs.registryUri,
    version: modelVersion,
    decisions: await writeDecisions(run, decisions),
    outcomes: replay.outcomes,
  };
  const endings = await readOutcomes(replay);
  const watched = await replayOutcomes({ endings, decisions, last: replay.data.to, api, outputs, clients, signal });
  say('report', 'Comparing the decisions with the audit log and with the outcomes');
  // Decisions on canaries, the promotion of the model, the configuration and a switch of the mode are entries too.
  const due = await countDecisions(clients, outputs.decisionsTable);
  await waitForEntries(clients, outputs.auditBucket, due + (watched.ring ? 3 : 2), signal);
  const [audit, evaluation] = await together(signal, (both) => [
    checkAudit(clients, outputs, decisions, both),
    evaluate(trainer(run, cloud.endpoint, both), files, costRatio),
  ]);
  const report = makeReport({
    data: replay.data,
    sent: stream.result,
    decisions,
    endings,
    watched,
    audit,
    evaluation,
    modelVersion,
    stacks,
    seconds: {
      setUp: after,
      deploy: deployment.seconds,
      train: training.seconds,
      stream: stream.seconds,
      total: elapsed(),
    },
    peakMemoryBytes: memory.peak(),
    addresses: {
      cloud: cloud.endpoint,
      api,
      modelService: outputs.modelServiceUrl,
      page: server.address,
      console: reviewing.address,
    },
    reviewing,
  });
  await publish(report, decisions, server, run, options.report);
  return report;
}

/** The platform, deployed and with a model that is served, before the first application. */
export interface StoodUp extends Up {
  readonly deployment: Timed<Deployment>;
  readonly replay: Learned['replay'];
  readonly training: Learned['training'];
}

/** Brings the platform up, with a model trained on the years before the applications. */
export async function standUp(context: Start): Promise<StoodUp> {
  const { options, python, run, signal } = context;
  const own = options.data === undefined ? undefined : await ownLoans(options.data);
  const uv = await findUv(python, run, signal);
  const setUp = environments(uv, python, run);
  const getLoans = async (both: AbortSignal) => own ?? (await fetchLoans(options.state, uv, python, run, both));
  const [up, deployment, learned] = await together(signal, (both) => {
    const coming = bringUp({ ...context, signal: both }, setUp);
    const learning = { options, run, setUp, getLoans, costRatio, signal: both, up: coming };
    return [coming, deployTo(coming, run, setUp, both), learn(learning)];
  });
  return { ...up, deployment, ...learned };
}

/** The embedded cloud, with nothing in it. */
async function bringUp({ options, run, signal, abort, atEnd }: Start, setUp: SetUpEnvironment): Promise<Up> {
  await setUp('local/cloud', signal);
  const cloud = await startCloud(run, options.port ?? (await freePort()), signal, abort);
  atEnd(cloud.stop);
  say('cloud', `The embedded cloud is up at ${cloud.endpoint}`);
  return { cloud, clients: connect(cloud.endpoint), after: elapsed() };
}

async function deployTo(
  up: Promise<Up>,
  run: Run,
  setUp: SetUpEnvironment,
  signal: AbortSignal,
): Promise<Timed<Deployment>> {
  // The image of the model service is made from the packages that this brings in.
  const [{ cloud, clients }] = await together(signal, (both) => [up, setUp('services/model-service', both)]);
  return timed(deploy(run, cloud, clients, signal));
}

/** The records of the decisions, one JSON document a line. */
async function writeDecisions(run: Run, decisions: readonly Decision[]): Promise<string> {
  const file = path.join(run.folder, 'decisions.jsonl');
  await writeFile(file, decisions.map((decision) => `${JSON.stringify(decision)}\n`).join(''));
  return file;
}
