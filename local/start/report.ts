import type { Audit } from './audit.ts';
import type { Decision } from './decisions.ts';
import { type Curves, type Decider, deciders, type Evaluation, type Quality } from './evaluation.ts';
import type { Watched } from './outcomes.ts';
import { isComplete } from './outputs.ts';
import type { Ending } from './replay.ts';
import type { Reviewing } from './reviewing.ts';
import type { Sent } from './sender.ts';
import { type Bin, byYear, histogram, outcomes, type Percentiles, percentiles, type Year } from './statistics.ts';

/** Something that must hold in every run. */
export interface Check {
  readonly name: string;
  readonly held: boolean;
  /** What was found. */
  readonly found: string;
}

/** Wall-clock seconds of the phases; training begins while stacks are still deployed, so they overlap. */
export interface Seconds {
  /** To the embedded cloud's first answer: environments, processes. */
  readonly setUp: number;
  /** Bootstrap, synth and deployment of every stack. */
  readonly deploy: number;
  /** From the first use of the registry until the model service serves the new model. */
  readonly train: number;
  /** From the first application sent to the last decision. */
  readonly stream: number;
  /** From the start to the report. */
  readonly total: number;
}

/** What answers while the platform is up. */
export type Addresses = Readonly<Record<'cloud' | 'api' | 'modelService' | 'page' | 'console', string>>;

/** The whole report; `report.json` is this document. */
export interface Report {
  readonly data: { readonly source: string; readonly from: string; readonly to: string; readonly available: number };
  readonly applications: Readonly<
    Record<'sent' | 'accepted' | 'rejected' | 'decided' | 'lost' | 'decidedTwice', number>
  > & { readonly rejectedByReason: Readonly<Record<string, number>>; readonly perSecond: number };
  readonly decisions: Readonly<Record<'approved' | 'declined' | 'referred', number>> & {
    readonly referredFor: Readonly<Record<string, number>>;
    readonly byYear: readonly Year[];
  };
  readonly model: { readonly version: string };
  readonly quality: Readonly<Record<Decider, Quality>> & Readonly<Record<'rows' | 'baseRate' | 'costRatio', number>>;
  readonly curves: Readonly<Record<Decider, Curves>>;
  /** From receipt to decision. */
  readonly latencyMs: Percentiles & { readonly histogram: readonly Bin[] };
  /** From request to answer of the HTTP API. */
  readonly answerMs: Percentiles;
  readonly seconds: Seconds;
  readonly peakMemoryBytes: number;
  readonly stacks: Readonly<Record<string, string>>;
  readonly audit: Readonly<Record<'entries' | 'bytesPerEntry' | 'checkpoints', number>>;
  /** What became known of the loans, and what the drift monitor made of it. */
  readonly outcomes: Watched;
  readonly checks: readonly Check[];
  readonly addresses: Addresses;
  readonly reviewing: Reviewing;
}

/** Everything that was seen in a run. */
export interface Findings {
  readonly data: Report['data'];
  readonly sent: Sent;
  readonly decisions: readonly Decision[];
  readonly endings: ReadonlyMap<string, Ending>;
  readonly watched: Watched;
  readonly audit: Audit;
  readonly evaluation: Evaluation;
  readonly modelVersion: string;
  readonly stacks: Readonly<Record<string, string>>;
  readonly seconds: Seconds;
  readonly peakMemoryBytes: number;
  readonly addresses: Addresses;
  readonly reviewing: Reviewing;
}

/** Puts the findings together and judges them. */
export function makeReport(findings: Findings): Report {
  const { sent, decisions, audit, evaluation, seconds } = findings;
  const waits = decisions.map(({ receivedAt, decidedAt }) => Date.parse(decidedAt) - Date.parse(receivedAt));
  const decided = new Set(decisions.map(({ applicationId }) => applicationId));
  const lost = [...sent.accepted].filter((id) => !decided.has(id)).length;
  return {
    data: findings.data,
    applications: {
      sent: sent.sent,
      accepted: sent.accepted.size,
      rejected: sent.rejected,
      decided: decisions.length,
      lost,
      decidedTwice: audit.twice.length,
      rejectedByReason: sent.rejectedByReason,
      perSecond: decisions.length / seconds.stream,
    },
    decisions: {
      ...outcomes(decisions),
      referredFor: countBy(decisions.flatMap(({ referredFor }) => referredFor ?? [])),
      byYear: byYear(decisions, findings.endings),
    },
    model: { version: findings.modelVersion },
    quality: {
      ...perDecider(({ auc, brier, error, cost }) => ({ auc, brier, error, cost }), evaluation),
      rows: evaluation.rows,
      baseRate: evaluation.baseRate,
      costRatio: evaluation.costRatio,
    },
    curves: perDecider(({ roc, calibration }) => ({ roc, calibration }), evaluation),
    latencyMs: { ...percentiles(waits), histogram: histogram(waits, 16) },
    answerMs: percentiles(sent.answerMs),
    seconds,
    peakMemoryBytes: findings.peakMemoryBytes,
    stacks: findings.stacks,
    audit: { entries: audit.entries, bytesPerEntry: audit.bytesPerEntry, checkpoints: audit.checkpoints },
    outcomes: findings.watched,
    checks: judge(findings, lost),
    addresses: findings.addresses,
    reviewing: findings.reviewing,
  };
}

function judge({ sent, decisions, audit, stacks, modelVersion, watched }: Findings, lost: number): Check[] {
  const incomplete = Object.entries(stacks).filter(([, status]) => !isComplete(status));
  const strangers = decisions.filter(({ applicationId }) => !sent.accepted.has(applicationId));
  const otherModel = decisions.filter(
    (decision) => decision.probability !== null && decision.modelVersion !== modelVersion,
  );
  const unaccountable = audit.missing.length + audit.different.length;
  return [
    check('Every stack is complete', incomplete.length, `${Object.keys(stacks).length} stacks`),
    check('No accepted application was lost', lost, `${sent.accepted.size} accepted, ${lost} without a decision`),
    check('No application was decided twice', audit.twice.length, `${audit.twice.length} with more than one entry`),
    check(
      'Only accepted applications were decided',
      strangers.length + audit.stray.length,
      `${decisions.length} decisions`,
    ),
    check('Every decision is in the audit log, word for word', unaccountable, `${audit.entries} entries`),
    check(
      'The audit log is whole: signatures, tree, every checkpoint',
      audit.findings.length,
      audit.findings[0] ?? `${audit.checkpoints} checkpoints`,
    ),
    check(
      'Every object of the audit log is under Object Lock',
      audit.unlocked.length,
      `${audit.unlocked.length} unlocked`,
    ),
    check('Every score is of the model just trained', otherModel.length, modelVersion),
    check('Every outcome that was sent is recorded', watched.refused, `${watched.sent} sent`),
    check('If outcomes ring, people decide, and the audit log says why', unanswered(watched, audit), ringText(watched)),
  ];
}

/** What rang and was not followed by the switch, or the switch without a ring. */
function unanswered({ ring, mode }: Watched, { switches }: Audit): number {
  const wanted = ring ? { mode: 'manual', switches: 1 } : { mode: 'normal', switches: 0 };
  return Number(mode !== wanted.mode) + Number(switches.length !== wanted.switches);
}

/** What the monitor of outcomes says, in a sentence. */
export function ringText({ ring, until, observed, expected, mode }: Watched): string {
  const [when, defaults, due] = ring
    ? [`rang at the end of ${ring.month}`, ring.observed, ring.expected]
    : [`quiet until ${until}`, observed, expected];
  return `${when}: ${defaults} defaults of approved loans, ${due.toFixed(1)} expected; the mode is ${mode}`;
}

function check(name: string, faults: number, found: string): Check {
  return { name, held: faults === 0, found };
}

function perDecider<Value>(pick: (of: Quality & Curves) => Value, evaluation: Evaluation): Record<Decider, Value> {
  return Object.fromEntries(deciders.map((name) => [name, pick(evaluation[name])])) as Record<Decider, Value>;
}

function countBy(values: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]));
}
