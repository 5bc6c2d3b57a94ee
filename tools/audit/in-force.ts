import { type AuditEntry, entryName } from '../../lambdas/patterns/audit/entry.ts';
import { keyIdOf, readEnvelope } from '../../lambdas/patterns/audit/seal/envelope.ts';
import { entriesOf } from '../../lambdas/patterns/audit/verify/entries.ts';
import type { LogSource } from '../../lambdas/patterns/audit/verify/source.ts';
import type { Decision } from '../../lambdas/patterns/decision/decision.ts';

/**
 * The entries that set what a decision was made under: its mode, its model, and each setting, by the latest entry of
 * each before it. They are looked for by reading the log from its first entry; only those that are not sealed are opened.
 *
 * The mode is the one that the decision itself names. The latest switch may not have reached the instance yet, and a
 * switch that an alarm rolled back leaves no entry.
 *
 * @param size entries of the log
 * @returns names of the entries; what was set by a deployment of the platform has none
 */
export async function inForce(source: LogSource, size: number, decision: Decision): Promise<string[]> {
  const latest = new Map<string, AuditEntry>();
  for await (const envelope of entriesOf(source, size)) {
    if (keyIdOf(envelope) !== undefined) continue;
    const entry = readEnvelope(envelope);
    const what = whatItSets(entry, decision);
    if (what === undefined || entry.at > decision.decidedAt) continue;
    if ((latest.get(what)?.at ?? '') <= entry.at) latest.set(what, entry);
  }
  return [...latest.values()].map(entryName);
}

/** What an entry sets that the decision was made under; undefined if it was not. */
function whatItSets(entry: AuditEntry, { mode, modelVersion }: Decision): string | undefined {
  switch (entry.type) {
    case 'mode':
      return entry.to === mode ? 'mode' : undefined;
    case 'promotion':
      return entry.stage === 'champion' && entry.modelVersion === modelVersion ? 'model' : undefined;
    case 'configuration':
      return `setting ${entry.setting}`;
    default:
      return undefined;
  }
}
