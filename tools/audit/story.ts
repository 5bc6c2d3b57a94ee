import type { AuditEntry } from '../../lambdas/patterns/audit/entry.ts';
import { keyIdOf, readEnvelope } from '../../lambdas/patterns/audit/seal/envelope.ts';
import { KeyErased, keyToOpen } from '../../lambdas/patterns/audit/seal/subject-keys.ts';
import { openCheckpoint } from '../../lambdas/patterns/audit/tlog/checkpoint.ts';
import { checkReceipt, type Receipt } from '../../lambdas/patterns/audit/tlog/receipt.ts';
import { checkpointPath } from '../../lambdas/patterns/audit/tlog/tiles.ts';
import { readEntry } from '../../lambdas/patterns/audit/verify/entries.ts';
import { proveInclusion } from '../../lambdas/patterns/audit/verify/prove.ts';
import type { Trail } from './trail.ts';

/** An entry whose place in the log is proven. */
export interface Proven {
  readonly name: string;
  readonly receipt: Receipt;
  /** Undefined if the person's key is erased: it is in the log, and nobody can read it. */
  readonly entry: AuditEntry | undefined;
}

/** Contests of one application that are looked for. */
const contests = Array.from({ length: 9 }, (_, i) => `-contest-${i + 1}`);

/** Names of all entries that can belong to the story of one application's decision. */
function namesOf(applicationId: string): string[] {
  const ids = ['', ...contests].map((suffix) => `${applicationId}${suffix}`);
  return [`decision/${applicationId}`, ...ids.flatMap((id) => [`review/${id}`, `override/${id}`])];
}

/**
 * All that the log tells of an application's decision, in the order of the log, each with its proof.
 *
 * @throws UntrustedNote if the log does not prove an entry that it is said to have
 */
export async function storyOf(trail: Trail, applicationId: string): Promise<Proven[]> {
  const found = await prove(trail, namesOf(applicationId));
  const models = found.flatMap(({ entry }) => (entry?.type === 'decision' ? (entry.decision.modelVersion ?? []) : []));
  const promotions = await prove(
    trail,
    models.map((version) => `promotion/${version}`),
  );
  return [...promotions, ...found].toSorted((one, other) => one.receipt.index - other.receipt.index);
}

/** Reads entries by their names, and proves each. Those that the log does not have are left out. */
export async function prove(
  { source, verifier, positions, subjectKeys }: Trail,
  names: readonly string[],
): Promise<Proven[]> {
  const note = Buffer.from((await source.read(checkpointPath)) ?? []).toString();
  const { size } = openCheckpoint(note, verifier);
  const one = async ([name, index]: readonly [string, number]): Promise<Proven> => {
    const [envelope, proof] = await Promise.all([readEntry(source, index, size), proveInclusion(source, index, size)]);
    const receipt = { index, entry: envelope, proof, checkpoint: note };
    checkReceipt(receipt, verifier);
    return { name, receipt, entry: await open(subjectKeys, envelope) };
  };
  return Promise.all([...(await positions.find(names))].map(one));
}

async function open(subjectKeys: Trail['subjectKeys'], envelope: Uint8Array): Promise<AuditEntry | undefined> {
  const key = keyIdOf(envelope);
  if (key === undefined) return readEnvelope(envelope);
  try {
    return readEnvelope(envelope, (await keyToOpen(subjectKeys, key)).secret);
  } catch (error) {
    if (error instanceof KeyErased) return undefined;
    throw error;
  }
}

/** A story as text: a line that says what happened, then all that the entry has. */
export function textOf(story: readonly Proven[]): string {
  return story
    .map(({ name, receipt, entry }) => {
      const place = `entry ${receipt.index}, proven by ${receipt.proof.length} hashes`;
      if (!entry) return `${name}  (${place})\n  the person's key was erased: nobody can read it`;
      return `${entry.at}  ${headline(entry)}  (${place})\n${indented(entry)}`;
    })
    .join('\n\n');
}

function headline(entry: AuditEntry): string {
  switch (entry.type) {
    case 'decision': {
      const { applicationId, outcome, rung, modelVersion } = entry.decision;
      return `${applicationId} was ${outcome} by ${rung === 'model' ? `the model ${modelVersion}` : rung}`;
    }
    case 'review':
      return `${entry.applicationId} was reviewed by ${entry.by}: ${entry.outcome}`;
    case 'override':
      return `${entry.by} put ${entry.to} in the place of ${entry.from}`;
    case 'promotion':
      return `${entry.by} promoted the model ${entry.modelVersion}`;
    default:
      return `${entry.type} by ${entry.by}`;
  }
}

function indented(entry: AuditEntry): string {
  return JSON.stringify(entry.type === 'decision' ? entry.decision : entry, null, 2).replaceAll(/^/gm, '  ');
}
