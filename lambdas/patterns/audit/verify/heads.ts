import { checkpointCopies } from '../log/publish.ts';
import { type Checkpoint, openCheckpoint } from '../tlog/checkpoint.ts';
import { equal } from '../tlog/hash.ts';
import { UntrustedNote, type Verifier } from '../tlog/note.ts';
import { checkpointPath } from '../tlog/tiles.ts';
import type { Finding, LogSource } from './source.ts';

/** A signed checkpoint, and where it was found. */
export interface FoundCheckpoint extends Checkpoint {
  readonly where: string;
}

/** A checkpoint that somebody kept: text, and where it is from. */
export interface KeptCheckpoint {
  readonly where: string;
  readonly note: string;
}

export interface Heads {
  /** All that the log's key has signed, by size. */
  readonly signed: readonly FoundCheckpoint[];
  readonly findings: readonly Finding[];
}

/**
 * Reads every checkpoint that there is of a log: its newest, the copies beside it, and those that somebody else kept.
 * The more come from elsewhere, the less can be hidden: who has the bucket and the key could show each reader another
 * log.
 */
export async function readHeads(
  source: LogSource,
  verifier: Verifier,
  kept: readonly KeptCheckpoint[],
): Promise<Heads> {
  const findings: Finding[] = [];
  const signed: FoundCheckpoint[] = [];
  const take = (where: string, note: string) => {
    try {
      signed.push({ ...openCheckpoint(note, verifier), where });
    } catch (error) {
      if (!(error instanceof UntrustedNote)) throw error;
      findings.push({ kind: 'checkpoint-untrusted', where, what: error.message });
    }
  };
  const newest = await source.read(checkpointPath);
  if (newest) take(checkpointPath, textOf(newest));
  else findings.push({ kind: 'checkpoint-missing', where: checkpointPath, what: 'there is none' });
  for (const path of await source.list(checkpointCopies)) take(path, textOf((await source.read(path)) ?? Buffer.of()));
  for (const { where, note } of kept) take(where, note);
  signed.sort((one, other) => one.size - other.size);
  return { signed, findings: [...findings, ...rolledBack(signed), ...forks(signed)] };
}

/** The newest checkpoint is older than another: the log was cut, or an old one was put in its place. */
function rolledBack(signed: readonly FoundCheckpoint[]): Finding[] {
  const newest = signed.find(({ where }) => where === checkpointPath);
  const largest = signed.at(-1);
  if (!newest || !largest || newest.size === largest.size) return [];
  const what = `it is of ${newest.size} entries, and ${largest.where} of ${largest.size}: the log was rolled back`;
  return [{ kind: 'rolled-back', where: checkpointPath, what }];
}

/** Two checkpoints of one size that say something else: the key has signed two logs. */
function forks(signed: readonly FoundCheckpoint[]): Finding[] {
  return signed.flatMap((one, i) => {
    const other = signed[i - 1];
    if (!other || other.size !== one.size || equal(other.root, one.root)) return [];
    const what = `${one.where} and ${other.where} are both signed, of ${one.size} entries, and have different roots`;
    return [{ kind: 'fork' as const, where: one.where, what }];
  });
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
