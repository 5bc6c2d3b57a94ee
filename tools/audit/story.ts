import type { AuditEntry } from '../../lambdas/patterns/audit/entry.ts';
import { openCheckpoint } from '../../lambdas/patterns/audit/tlog/checkpoint.ts';
import { checkpointPath } from '../../lambdas/patterns/audit/tlog/tiles.ts';
import { type Proven, prove, type Trail } from '../../lambdas/patterns/audit/verify/proven.ts';
import type { Decision } from '../../lambdas/patterns/decision/decision.ts';
import { inForce } from './in-force.ts';

/** Contests of one application that are looked for. */
const contests = Array.from({ length: 9 }, (_, i) => `-contest-${i + 1}`);

/** Names of all entries that can belong to the story of one application's decision. */
function namesOf(applicationId: string): string[] {
  const ids = ['', ...contests].map((suffix) => `${applicationId}${suffix}`);
  return [`decision/${applicationId}`, ...ids.flatMap((id) => [`review/${id}`, `override/${id}`])];
}

/**
 * All that the log tells of an application's decision, and what it was made under, in the order of the log, each entry
 * with its proof.
 *
 * @throws UntrustedNote if the log does not prove an entry that it is said to have
 */
export async function storyOf(trail: Trail, applicationId: string): Promise<Proven[]> {
  const found = await prove(trail, namesOf(applicationId));
  const decision = decisionIn(found);
  const names = decision ? await inForce(trail.source, await sizeOf(trail), decision) : [];
  return [...(await prove(trail, names)), ...found].toSorted((one, other) => one.receipt.index - other.receipt.index);
}

function decisionIn(story: readonly Proven[]): Decision | undefined {
  return story.flatMap(({ entry }) => (entry?.type === 'decision' ? [entry.decision] : []))[0];
}

async function sizeOf({ source, verifier }: Trail): Promise<number> {
  const note = Buffer.from((await source.read(checkpointPath)) ?? []).toString();
  return openCheckpoint(note, verifier).size;
}

/** What a story's decision was made under and no entry of the log says who set. */
function gapsOf(story: readonly Proven[]): string[] {
  const decision = decisionIn(story);
  if (!decision) return [];
  const has = (type: AuditEntry['type']) => story.some(({ entry }) => entry?.type === type);
  const { mode, modelVersion } = decision;
  return [
    ...(has('mode') ? [] : [`The mode ${mode} was set by no entry: it came with a deployment of the platform.`]),
    ...(has('promotion') || modelVersion === null ? [] : [`No entry has the promotion of the model ${modelVersion}.`]),
    ...(has('configuration') ? [] : ['No entry has a change of the configuration before it.']),
  ];
}

/** A story as text: a line that says what happened, then all that the entry has. */
export function textOf(story: readonly Proven[]): string {
  return [...story.map(partOf), ...gapsOf(story)].join('\n\n');
}

function partOf({ name, receipt, entry }: Proven): string {
  const place = `entry ${receipt.index}, ${name}, proven by ${receipt.proof.length} hashes`;
  if (!entry) return `(${place})\n  the person's key was erased: nobody can read it`;
  return `${entry.at}  ${headline(entry)}  (${place})\n${indented(entry)}`;
}

function headline(entry: AuditEntry): string {
  switch (entry.type) {
    case 'decision': {
      const { applicationId, outcome, rung, mode, modelVersion } = entry.decision;
      return `${applicationId} was ${outcome} in mode ${mode} by ${rung === 'model' ? `the model ${modelVersion}` : rung}`;
    }
    case 'review':
      return `${entry.applicationId} was reviewed by ${entry.by}: ${entry.outcome}`;
    case 'override':
      return `${entry.by} put ${entry.to} in the place of ${entry.from}`;
    case 'mode':
      return `${entry.by} switched the mode from ${entry.from} to ${entry.to}: ${entry.reason}`;
    case 'configuration':
      return `${entry.by} set ${entry.setting}: ${entry.reason}`;
    case 'promotion':
      return `${entry.by} made the model ${entry.modelVersion} the ${entry.stage}: ${entry.reason}`;
    default:
      return `${entry.type} by ${entry.by}`;
  }
}

function indented(entry: AuditEntry): string {
  return JSON.stringify(entry.type === 'decision' ? entry.decision : entry, null, 2).replaceAll(/^/gm, '  ');
}
