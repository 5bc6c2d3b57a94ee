import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Decision } from '../lambdas/patterns/decision/decision.ts';
import { checkAudit, waitForEntries } from '../local/start/audit.ts';
import { readDecisions, waitForDecisions } from '../local/start/decisions.ts';
import { defaultState } from '../local/start/folders.ts';
import { localApiUrl } from '../local/start/outputs.ts';
import { request } from '../local/start/request.ts';
import { inSession, type Session } from '../local/start/session.ts';
import { standUp } from '../local/start/start.ts';
import { type Caused, faults, lateMs } from '../tools/drill/faults.ts';
import { renewInstances } from '../tools/drill/instances.ts';
import { findPlatform, type Platform } from '../tools/drill/platform.ts';
import { slowService } from '../tools/drill/slow-service.ts';
import { type Bench, type Comparison, compare } from './comparison.ts';
import { quantile } from './load.ts';
import { conditions, median } from './measure.ts';
import { streamEcho } from './stream-echo.ts';

const usualApplications = 5_000;
/** Applications a second: a third of what the embedded cloud takes, so that no queue is measured. */
const perSecond = 10;
/** Applications that bring the instances up, and are not counted. */
const warmUp = 100;
/** Records through the bare stream, before and after. */
const echoes = 200;
/** Attempts to post an application. */
const attempts = 5;

/** States of the model service, in the order in which they come; each has as many applications. */
const phases = ['healthy', 'slow', 'dead', 'back'] as const;
type Phase = (typeof phases)[number];

/** When each application was posted, in milliseconds since 1970. */
type Posted = Map<string, number>;

/** Latency of decisions from the request at the API, and what decided, while the model service is healthy, slow, dead and back. */
export const decision: Bench = {
  summary: 'latency of 5,000 decisions end to end, the model healthy, slow, dead and back, beside a bare stream',
  async run({ applications = usualApplications }) {
    let result: Comparison | undefined;
    const requirements = { state: defaultState, port: undefined };
    await inSession(requirements, async (session) => {
      result = await measure(session, applications);
      return 0;
    });
    if (!result) throw new Error('the benchmark has not come to its end');
    return result;
  },
};

async function measure(session: Session, count: number): Promise<Comparison> {
  const { signal } = session;
  const start = { data: undefined, port: undefined, report: undefined, help: false, exit: true, state: defaultState };
  const up = await standUp({ ...session, options: { ...start, applications: count + warmUp } });
  const { cloud, clients } = up;
  const { outputs } = up.deployment.result;
  const platform = await findPlatform(cloud.endpoint, signal);
  const model = await modelService(platform, session);
  const echo = await streamEcho(cloud.endpoint, clients);
  const url = `${localApiUrl(outputs.apiUrl, cloud.endpoint)}/applications`;
  const lines = (await readFile(up.replay.applications, 'utf8')).trim().split('\n');
  let sent = 0;
  const decide = async (what: string, some: readonly string[]) => {
    const posted = await post(url, some, signal);
    sent += posted.size;
    await waitForDecisions(clients, outputs.decisionsTable, sent, signal, (decided) =>
      process.stderr.write(`${what}: ${decided} of ${sent} decided\n`),
    );
    return posted;
  };
  await decide('warm-up', lines.slice(0, warmUp));
  const bare = [...(await echo.measure(echoes, perSecond))];
  const share = Math.ceil((lines.length - warmUp) / phases.length);
  const posted = new Map<Phase, Posted>();
  for (const [index, phase] of phases.entries()) {
    await model.turn(phase);
    const from = warmUp + index * share;
    posted.set(phase, await decide(phase, lines.slice(from, from + share)));
  }
  bare.push(...(await echo.measure(echoes, perSecond)));
  const decisions = await readDecisions(clients, outputs.decisionsTable);
  // The promotion of the model and the configuration are entries too.
  await waitForEntries(clients, outputs.auditBucket, decisions.length + 2, signal);
  const audit = await checkAudit(clients, outputs, decisions, signal);
  const once = sent === decisions.length && audit.missing.length + audit.twice.length + audit.stray.length === 0;
  const known = new Map(decisions.map((each) => [each.applicationId, each as unknown as Decision]));
  const byPhase = phases.map((phase) => [phase, figures(posted.get(phase) as Posted, known)] as const);
  return compare({
    name: 'decision',
    unit: 'ms (p50, healthy)',
    ours: median(latenciesOf(posted.get('healthy') as Posted, known)),
    peers: { 'bare stream and function': median(bare) },
    aim: {},
    conditions: {
      ...conditions(1),
      statistic: 'from the request to the instant of the decision',
      'applications a second': perSecond,
      'warm-up, not counted': warmUp,
      refused: lines.length - sent,
      ...Object.fromEntries(byPhase),
      'bare stream': spread(bare),
      'decided exactly once': once ? `all ${sent}` : `NO: ${decisions.length} of ${sent}, ${audit.twice.length} twice`,
    },
  });
}

/** The model service behind another one that can hold its answers up: a fault comes to instances that are at work. */
async function modelService(platform: Platform, { signal, atEnd }: Session) {
  const between = await slowService(platform.environment['MODEL_URL'] ?? '', 0);
  atEnd(between.stop);
  await renewInstances(platform, { MODEL_URL: between.address }, signal);
  let dead: Caused | undefined;
  return {
    turn: async (phase: Phase): Promise<void> => {
      between.delayBy(phase === 'slow' ? lateMs : 0);
      if (phase === 'dead') dead = await faults['model-dead'](platform, signal);
      if (phase === 'back') await dead?.undo();
    },
  };
}

/** Posts applications at a fixed rate, whether or not answers come. @returns those that were taken in */
async function post(url: string, lines: readonly string[], signal: AbortSignal): Promise<Posted> {
  const posted: Posted = new Map();
  const one = async (body: string, index: number) => {
    await sleep((index * 1_000) / perSecond, undefined, { signal });
    const at = Date.now();
    if (await isTaken(url, body, signal)) {
      posted.set((JSON.parse(body) as { applicationId: string }).applicationId, at);
    }
  };
  await Promise.all(lines.map(one));
  return posted;
}

/** Posts an application until the API has an answer; what that takes is part of its latency. */
async function isTaken(url: string, body: string, signal: AbortSignal): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const { status } = await request(url, { method: 'POST', body, signal });
    // An earlier attempt got through although its answer did not.
    if (status < 500) return status === 202 || (status === 409 && attempt > 1);
    if (attempt === attempts) throw new Error(`the API has answered ${status} to each of ${attempts} attempts`);
    await sleep(200 * 2 ** attempt, undefined, { signal });
  }
}

function latenciesOf(posted: Posted, decisions: ReadonlyMap<string, Decision>): number[] {
  return [...posted].flatMap(([id, at]) => {
    const found = decisions.get(id);
    return found ? [Date.parse(found.decidedAt) - at] : [];
  });
}

/** Latency of a phase, and the share of each rung. */
function figures(posted: Posted, decisions: ReadonlyMap<string, Decision>): string {
  const rungs = Map.groupBy(
    [...posted.keys()].flatMap((id) => decisions.get(id) ?? []),
    ({ rung }) => rung,
  );
  const shares = [...rungs].map(([rung, all]) => `${rung} ${((100 * all.length) / posted.size).toFixed(1)} %`);
  return `${spread(latenciesOf(posted, decisions))}; ${shares.join(', ')}`;
}

function spread(latencies: readonly number[]): string {
  const ascending = latencies.toSorted((a, b) => a - b);
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(ascending, share));
  return `p50 ${p50}, p95 ${p95}, p99 ${p99} ms`;
}
