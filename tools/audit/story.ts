import type { AuditEntry } from '../../lambdas/patterns/audit/entry.ts';
import { type Proven, prove, type Trail } from '../../lambdas/patterns/audit/verify/proven.ts';

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
