import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Application } from '../../lambdas/patterns/application/application.ts';
import type { Rung } from '../../lambdas/patterns/decision/rungs.ts';
import { hasTakenEffect, judgeRungs, passesOver, tally } from './answers.ts';
import { applications, decided, redeliver, type Told, told } from './applicants.ts';
import { alarmOf, decisionEntries, type Finding, isKept, waitsForPerson, watched } from './evidence.ts';
import { type Caused, faults, undoMs } from './faults.ts';
import { renewInstances, restoreInstances } from './instances.ts';
import type { Platform } from './platform.ts';
import { until } from './until.ts';

export interface DrillOptions {
  readonly signal: AbortSignal;
  /** Whether to keep the faults until the rung's alarm rings: most take three minutes out of five. */
  readonly untilAlarm: boolean;
  tell(progress: string): void;
}

/** Decisions that were made while the faults were there. */
interface Run {
  readonly sent: readonly Application[];
  readonly answers: ReadonlyMap<string, Told>;
  readonly findings: readonly Finding[];
}

/** Applications by which it is told that the faults have taken effect: enough for every instance to have some. */
const firstCount = 8;
/** Applications in which the breaker of a failing rung has to have opened. */
const mostUntilOpen = 60;
/** Pause between two applications that keep a rung in use while its alarm is waited for. Milliseconds. */
const inUseEveryMs = 5_000;

/**
 * Drills a rung: causes its faults in what runs, sends applications through the API, looks at what decides them, takes
 * the faults away and looks whether anything was lost or done twice.
 *
 * However it ends, interrupted or failed, the platform is mended before it returns.
 */
export async function drill(rung: Rung, platform: Platform, options: DrillOptions): Promise<readonly Finding[]> {
  const { signal, tell } = options;
  const prefix = `drill-${rung.name}-${Date.now()}`;
  const caused: Caused[] = [];
  let run: Run;
  try {
    for (const name of rung.drill.faults) {
      tell(`causing ${name}`);
      caused.push(await faults[name](platform, signal));
    }
    await renewInstances(platform, Object.assign({}, ...caused.map(({ environment }) => environment)), signal);
    run = await runWithFaults(rung, prefix, platform, options);
  } finally {
    tell('mending the platform');
    await mend(platform, caused);
  }
  return [...run.findings, ...(await afterwards(rung, prefix, run, platform, options))];
}

async function mend(platform: Platform, caused: readonly Caused[]): Promise<void> {
  const ended = await Promise.allSettled(caused.toReversed().map(({ undo }) => undo()));
  await restoreInstances(platform, AbortSignal.timeout(undoMs));
  const failed = ended.filter((each) => each.status === 'rejected').map(({ reason }) => reason as Error);
  if (failed.length > 0) throw new AggregateError(failed, 'the platform is not mended: start it anew');
}

async function runWithFaults(rung: Rung, prefix: string, platform: Platform, options: DrillOptions): Promise<Run> {
  const { signal, tell } = options;
  const alarm = await alarmOf(platform, rung.alarm);
  const since = new Date(Math.floor(Date.now() / 60_000) * 60_000);
  const before = await watched(platform, alarm, since);
  const one = async (name: string) => {
    const [[, answer] = []] = await decided(platform, applications(`${prefix}-${name}`, 1), signal);
    return answer as Told;
  };
  let tries = 0;
  await until(
    'decisions that pass over what is broken, and nothing else',
    async () => {
      const first = await decided(platform, applications(`${prefix}-first-${tries++}`, firstCount), signal);
      return [...first.values()].every((answer) => hasTakenEffect(answer, rung)) || undefined;
    },
    signal,
  );
  tell('the faults have taken effect; sending applications');
  const sent = applications(prefix);
  const answers = await decided(platform, sent, signal);
  const opened = await opensBreaker(one);
  if (options.untilAlarm) {
    tell(`waiting for the alarm ${alarm.AlarmName}`);
    await untilItRings(() => one(`alarm-${tries++}`), rung, platform, signal);
  }
  const { StateValue } = await alarmOf(platform, rung.alarm);
  const counted = (await watched(platform, alarm, since)) - before;
  const rang = { what: `its alarm ${rung.alarm} rings`, held: StateValue === 'ALARM', found: String(StateValue) };
  const findings: Finding[] = [
    judgeRungs(rung, answers),
    {
      what: 'each answer says why better rungs were passed over',
      held: [...answers.values()].every((answer) => passesOver(answer, rung)),
      found: tally(
        [...answers.values()].map(({ decidedBy }) => decidedBy.why.map(({ rung: r, why }) => `${r} ${why}`).join(', ')),
      ),
    },
    { what: `the breaker of ${rung.drill.faults[0]} opens`, ...opened },
    { what: `the metric of the alarm ${rung.alarm} counts it`, held: counted > 0, found: `${counted} more` },
    ...(options.untilAlarm ? [rang] : []),
  ];
  return { sent, answers, findings };
}

async function opensBreaker(one: (name: string) => Promise<Told>): Promise<Pick<Finding, 'held' | 'found'>> {
  for (let count = 0; count < mostUntilOpen; count++) {
    const { decidedBy } = await one(`breaker-${count}`);
    const open = decidedBy.why.some(({ rung, why }) => rung === 'model' && why === 'breaker-open');
    if (open) return { held: true, found: `open for application ${count + 1} after the first ones` };
  }
  return { held: false, found: `still closed after ${mostUntilOpen} applications` };
}

async function untilItRings(
  use: () => Promise<Told>,
  rung: Rung,
  platform: Platform,
  signal: AbortSignal,
): Promise<void> {
  const { EvaluationPeriods = 1, Period = 60 } = await alarmOf(platform, rung.alarm);
  const end = Date.now() + (EvaluationPeriods + 1) * Period * 1_000;
  while ((await alarmOf(platform, rung.alarm)).StateValue !== 'ALARM' && Date.now() < end) {
    await use();
    await sleep(inUseEveryMs, undefined, { signal });
  }
}

/** What must hold once the faults are gone. */
async function afterwards(
  rung: Rung,
  prefix: string,
  { sent, answers }: Run,
  platform: Platform,
  { signal, tell }: DrillOptions,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  if (rung.name === 'refusal') findings.push(await resumed(sent, platform, { signal, tell }));
  const healthy = async () => {
    const [answer] = (await decided(platform, applications(`${prefix}-back-${Date.now()}`, 1), signal)).values();
    return answer?.decidedBy.rung === 'model' || answer?.decidedBy.why.at(0)?.why === 'near-threshold' || undefined;
  };
  await until('a decision by the model', healthy, signal);
  findings.push({ what: 'the model decides again', held: true, found: 'it does' });
  tell('delivering an application once more, and reading the audit log');
  for (const application of sent.slice(0, 2)) await redeliver(platform, application, signal);
  const later = await Promise.all(sent.map(({ applicationId }) => told(platform, applicationId, signal)));
  const changed = later.filter((each, index) => !isDeepStrictEqual(each, [...answers.values()][index])).length;
  findings.push({ what: 'every decision stays as it was', held: changed === 0, found: `${changed} changed` });
  const ids = [...answers.keys()];
  const entries = await decisionEntries(platform, ids, signal);
  const same = entries.filter(({ id, decision }) => {
    const { decidedBy, outcome } = answers.get(id) as Told;
    return (
      decision.outcome === outcome && decision.rung === decidedBy.rung && isDeepStrictEqual(decision.why, decidedBy.why)
    );
  });
  const once = entries.length === ids.length;
  findings.push({
    what: 'the audit log has each decision exactly once, with its rung and why',
    held: once && same.length === entries.length,
    found: `${entries.length} entries on ${ids.length} decisions, ${same.length} as answered`,
  });
  return findings;
}

/** What was kept is taken up by itself, and its case is opened and waited for. */
async function resumed(
  sent: readonly Application[],
  platform: Platform,
  { signal, tell }: Pick<DrillOptions, 'signal' | 'tell'>,
): Promise<Finding> {
  const keptOf = async () => {
    const all = await Promise.all(sent.map(({ applicationId }) => isKept(platform, applicationId)));
    return all.filter(Boolean).length;
  };
  const kept = await keptOf();
  tell(`${kept} are kept; waiting until they are taken up, which is done once a minute`);
  await until(
    'the end of the wait of all that were kept',
    async () => (await keptOf()) === 0 || undefined,
    signal,
    1_000,
  );
  const waiting = async () => {
    const all = await Promise.all(sent.map(({ applicationId }) => waitsForPerson(platform, applicationId)));
    return all.every(Boolean) || undefined;
  };
  await until('a case of each that waits for a person', waiting, signal, 1_000);
  return {
    what: 'every application is kept, and taken to people once a case can be opened',
    held: kept === sent.length,
    found: `${kept} of ${sent.length} were kept; each has a case that waits for a person`,
  };
}
