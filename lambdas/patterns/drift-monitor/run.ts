import type { EvidenceOptions } from '../drift/evidence.ts';
import { monthName, monthNumber } from '../drift/outcomes.ts';
import type { ModelRegistry } from '../model-registry/registry.ts';
import type { ModeDocument } from '../modes/mode.ts';
import type { WantedMode } from '../modes/switch-mode.ts';
import type { Deadline } from '../resilience/deadline.ts';
import { type AddUpOptions, addUpDay } from './add-up.ts';
import { isAnswered, isLessStrict, type ModeOnRing, reasonOf, ringOf } from './answer.ts';
import { evaluate, type Findings } from './evaluate.ts';
import { readReference, type VersionReference } from './reference.ts';
import { type Control, type Kept, type Ring, readControl, readSums, writeControl } from './state.ts';

export interface RunOptions extends Omit<AddUpOptions, 'referenceOf'> {
  readonly registry: ModelRegistry;
  readonly onRing: ModeOnRing;
  readonly costRatio: number;
  readonly populationMonths: number;
  readonly maturityMonths: number;
  readonly evidence: EvidenceOptions;
  /** The mode that instances are given now. */
  presentMode(deadline: Deadline): Promise<ModeDocument | undefined>;
  switchMode(from: string, wanted: WantedMode, deadline: Deadline): Promise<void>;
  now(): Date;
}

/** What a run found and did. */
export interface Run {
  readonly findings: Findings;
  /** What rang, now or earlier, and nobody has answered. */
  readonly ring: Ring | undefined;
  /** Whether this run has switched the mode. */
  readonly switched: boolean;
}

/** A day counts as over so long after its midnight: clocks differ, and indexes follow their tables. Milliseconds. */
const settledMs = 3_600_000;
const dayMs = 86_400_000;
/** Days that the first run looks back. */
const firstDays = 2;

/** Who the audit trail says has switched the mode. */
const actor = 'drift-monitor';

/**
 * Adds up what is new, judges all months that are over, and takes the decisions to people if outcomes ring. A run that was
 * cut off is made good by the next; two runs over the same leave what one does.
 *
 * It never lets more be decided without people than before: that is for a person, and then evidence is gathered anew.
 *
 * @param asOf a day of the month in which to judge: only months before it are over
 */
export async function runMonitor(asOf: string | undefined, deadline: Deadline, options: RunOptions): Promise<Run> {
  const { state, registry, onRing } = options;
  const now = options.now();
  const references = referencesOf(registry, deadline);
  const control = (await readControl(state, deadline)) ?? { closed: dayOf(now, -firstDays * dayMs) };
  for (const day of daysAfter(control.closed, now)) {
    await addUpDay(day, deadline, { ...options, referenceOf: references.of });
  }
  const kept = await readSums(state, deadline);
  const champion = await championOf(registry, deadline);
  const present = await options.presentMode(deadline);
  const answered = control.ring !== undefined && isAnswered(control.ring, present, onRing);
  const end = monthNumber(asOf ?? now.toISOString());
  const since = answered ? monthName(end) : control.since;
  const findings = evaluate(kept, {
    ...options,
    champion,
    references: await references.all([champion, ...versionsOf(kept)]),
    end,
    since: since === undefined ? 0 : monthNumber(since),
  });
  const ring = (answered ? undefined : control.ring) ?? ringOf(findings.outcomes, present);
  const switched = ring !== undefined && isLessStrict(present, onRing);
  if (switched) {
    const wanted = { mode: onRing, reason: reasonOf(ring), by: actor };
    await options.switchMode(present?.mode ?? 'unknown', wanted, deadline);
  }
  await writeControl(state, controlOf(dayOf(now, -settledMs - dayMs), since, ring), deadline);
  return { findings, ring, switched };
}

function controlOf(closed: string, since: string | undefined, ring: Ring | undefined): Control {
  return { closed, ...(since !== undefined && { since }), ...(ring && { ring }) };
}

function dayOf(now: Date, shiftMs: number): string {
  return new Date(now.getTime() + shiftMs).toISOString().slice(0, 10);
}

/** The days after one, up to today. */
function daysAfter(day: string, now: Date): string[] {
  const days = Math.floor((now.getTime() - Date.parse(`${day}T00:00:00Z`)) / dayMs);
  return Array.from({ length: Math.max(0, days) }, (_, index) =>
    dayOf(new Date(`${day}T00:00:00Z`), (index + 1) * dayMs),
  );
}

function versionsOf(kept: readonly Kept[]): string[] {
  return [...new Set(kept.map(({ version }) => version))].filter((version) => version !== 'none');
}

/** @returns an empty name before any version was promoted: no decision is of it */
async function championOf(registry: ModelRegistry, deadline: Deadline): Promise<string> {
  try {
    return (await registry.champion(deadline)).version;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return '';
    throw error;
  }
}

/** References by version; each is read once. */
function referencesOf(registry: ModelRegistry, deadline: Deadline) {
  const read = new Map<string, Promise<VersionReference | undefined>>();
  const of = (version: string) => {
    const reference = read.get(version) ?? readReference(registry, version, deadline);
    read.set(version, reference);
    return reference;
  };
  const all = async (versions: readonly string[]) =>
    new Map(
      await Promise.all(
        versions.filter((version) => version !== '').map(async (version) => [version, await of(version)] as const),
      ),
    );
  return { of, all };
}
