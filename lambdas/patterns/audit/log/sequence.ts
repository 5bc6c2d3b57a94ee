import { rootOf } from '../tlog/edge.ts';
import { equal } from '../tlog/hash.ts';
import { batchPath, decodeBatch, encodeBatch, type NamedLeaf } from './batch.ts';
import { type Grown, grow, type LogKey, publish, readEdge } from './publish.ts';
import type { Head, LogStores } from './store.ts';

/** An entry that may be new. */
export interface Candidate {
  /** Entries of the same name are the same entry, of which the first is appended. */
  readonly name: string;
  /** Makes the bytes that are hashed. It is called for new entries only. */
  seal(): Promise<Uint8Array>;
}

export interface Sequenced {
  /** Entries that were appended just now. */
  readonly appended: number;
  /** Size of the log after them. */
  readonly size: number;
}

/**
 * Appends entries to the log.
 *
 * The order of writes makes sure that nothing is lost and nothing forks, wherever it ends, and however many do it at a
 * time (as in Sunlight, a log of the web's certificates):
 *
 * 1. The batch is kept under a path that tells its content. Nothing refers to it yet.
 * 2. The head moves on to it, if it is where it was. From here on the entries are in the log.
 * 3. Tiles, positions and checkpoint follow from the two. Whoever comes next finishes what is left of it first.
 *
 * Nothing is signed before the head has moved, so that no two signed checkpoints can contradict each other.
 */
export async function sequence(stores: LogStores, key: LogKey, candidates: readonly Candidate[]): Promise<Sequenced> {
  const sealed = new Map<string, Uint8Array>();
  for (;;) {
    const head = await publishedHead(stores, key);
    const start = head?.size ?? 0;
    const fresh = await newOnes(stores, candidates);
    if (fresh.length === 0) return { appended: 0, size: start };
    const batch = { start, entries: await sealAll(fresh, sealed) };
    const edge = await readEdge(stores.objects, start);
    if (head && !equal(rootOf(edge), head.root)) {
      throw new Error(`the tiles do not have the root of the head at ${start}: nothing is appended, look at them`);
    }
    const grown = grow(edge, batch);
    const next = await stage(stores, grown);
    if (!(await stores.heads.move(head, next))) continue;
    await publish(stores, key, next, grown);
    return { appended: fresh.length, size: next.size };
  }
}

/** The head, after what is left of its publication is done. */
async function publishedHead(stores: LogStores, key: LogKey): Promise<Head | undefined> {
  const head = await stores.heads.read();
  if (!head || head.published === head.size) return head;
  const staged = await stores.objects.read(head.staged);
  if (!staged) throw new Error(`there is no batch at ${head.staged}: the head refers to it`);
  const batch = decodeBatch(head.staged, staged.bytes);
  await publish(stores, key, head, grow(await readEdge(stores.objects, batch.start), batch));
  return { ...head, published: head.size };
}

/** The candidates that are not in the log, each once. */
async function newOnes({ positions }: LogStores, candidates: readonly Candidate[]): Promise<Candidate[]> {
  const byName = new Map<string, Candidate>();
  for (const candidate of candidates) if (!byName.has(candidate.name)) byName.set(candidate.name, candidate);
  const known = await positions.find([...byName.keys()]);
  return [...byName.values()].filter(({ name }) => !known.has(name));
}

/** Seals what is not sealed yet: a second attempt uses what the first one made. */
function sealAll(candidates: readonly Candidate[], sealed: Map<string, Uint8Array>): Promise<NamedLeaf[]> {
  const one = async ({ name, seal }: Candidate) => {
    const leaf = sealed.get(name) ?? (await seal());
    sealed.set(name, leaf);
    return { name, leaf };
  };
  return Promise.all(candidates.map(one));
}

async function stage({ objects }: LogStores, { batch, edge }: Grown): Promise<Head> {
  const bytes = encodeBatch(batch);
  const staged = batchPath(batch, bytes);
  // If it is there already, it is the same: the path tells the content.
  await objects.create(staged, bytes);
  return { size: batch.start + batch.entries.length, root: rootOf(edge), staged, published: batch.start };
}
