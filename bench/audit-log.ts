import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { decisionEntry } from '../lambdas/patterns/audit/entry.ts';
import { type Candidate, sequence } from '../lambdas/patterns/audit/log/sequence.ts';
import { sealEnvelope } from '../lambdas/patterns/audit/seal/envelope.ts';
import { append, type Edge, rootOf } from '../lambdas/patterns/audit/tlog/edge.ts';
import { leafHash } from '../lambdas/patterns/audit/tlog/hash.ts';
import { inclusionPath } from '../lambdas/patterns/audit/tlog/proofs.ts';
import { encodeHashes } from '../lambdas/patterns/audit/tlog/tiles.ts';
import { verifyLog } from '../lambdas/patterns/audit/verify/verify.ts';
import { root } from '../scripts/root.ts';
import { madeDecision } from '../test/lambdas/audit/entries.ts';
import { memory } from '../test/lambdas/audit/log/memory.ts';
import { testSigner } from '../test/lambdas/audit/tlog/signer.ts';
import { sourceOf } from '../test/lambdas/audit/verify/logs.ts';
import { type Bench, compare } from './comparison.ts';
import { conditions, median } from './measure.ts';

const rounds = 5;
const entries = 100_000;
const batch = 1000;
/** Proofs are looked at in a log of this size. */
const large = 10_000_000;

const key = testSigner();
const person = { id: randomUUID(), secret: randomBytes(32) };
const entry = (index: number) =>
  decisionEntry(madeDecision(`A-${index}`, 'pseudonym-of-forty-three-characters-as-all-are'));
/** Sealed entries, all different. */
const sealed = Array.from({ length: entries }, (_, index) => sealEnvelope(entry(index), person));
const bytesPerEntry = sealed.reduce((sum, { length }) => sum + length, 0) / entries;

/** CPU microseconds per entry. */
async function cpuOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / entries;
}

/** Hashing, tree and tiles: what the peer does too. */
function tree(): void {
  let edge: Edge = [];
  for (let start = 0; start < entries; start += batch) {
    const { edge: grown, tiles } = append(edge, sealed.slice(start, start + batch).map(leafHash));
    edge = grown;
    rootOf(edge);
    for (const { hashes } of tiles) encodeHashes(hashes);
  }
}

/** All that the sequencer does but for the calls of AWS: sealing, batch, tree, bundles, tiles, checkpoint. */
async function sequencer(seal: (index: number) => Uint8Array): Promise<ReturnType<typeof memory>> {
  const log = memory();
  for (let start = 0; start < entries; start += batch) {
    const candidates = Array.from({ length: batch }, (_, i): Candidate => {
      const index = start + i;
      return { name: `decision/A-${index}`, seal: () => Promise.resolve(seal(index)) };
    });
    await sequence(log, key, candidates);
  }
  return log;
}

function peer(): number {
  const args = ['run', '.', String(entries), String(Math.round(bytesPerEntry)), String(batch)];
  // One processor, as ours: its garbage collector would otherwise use the other.
  const env = { ...process.env, GOMAXPROCS: '1' };
  return Number(execFileSync('go', args, { cwd: path.join(root, 'bench/tlog-peer'), env, encoding: 'utf8' }));
}

const perSecond = (cpu: number) => Math.round(1e6 / cpu);

/** What the audit log costs without what AWS adds. */
export const auditLog: Bench = {
  summary: "CPU microseconds per entry of the audit log's hashing, tree and tiles, beside Go's checksum database",
  async run() {
    const costs: Record<'tree' | 'sequencer' | 'verifier' | 'peer', number[]> = {
      tree: [],
      sequencer: [],
      verifier: [],
      peer: [],
    };
    const log = await sequencer((index) => sealed[index] as Uint8Array);
    for (let round = -1; round < rounds; round += 1) {
      const found = {
        tree: await cpuOf(tree),
        sequencer: await cpuOf(() => sequencer((index) => sealEnvelope(entry(index), person))),
        verifier: await cpuOf(() => verifyLog(sourceOf(log.files), key.verifier)),
        peer: peer(),
      };
      // The first round warms caches, and Go's compiler.
      if (round >= 0) for (const name of Object.keys(found) as (keyof typeof found)[]) costs[name].push(found[name]);
    }
    const of = (name: keyof typeof costs) => median(costs[name]);
    const written = log.writes.reduce((sum, { bytes }) => sum + bytes.length, 0);
    return compare({
      name: 'audit-log',
      unit: 'CPU µs per entry',
      ours: of('tree'),
      peers: { 'golang.org/x/mod/sumdb/tlog': of('peer') },
      aim: {},
      conditions: {
        ...conditions(rounds),
        entries,
        batch,
        'tree alone, entries per second of one core': perSecond(of('tree')),
        'sequencer without AWS, entries per second of one core': perSecond(of('sequencer')),
        'verifier, entries per second of one core': perSecond(of('verifier')),
        'bytes of a sealed decision': Math.round(bytesPerEntry),
        'bytes of its JSON': Buffer.byteLength(JSON.stringify(entry(0))),
        'bytes written per entry, all objects': Math.round(written / entries),
        'hashes of a proof in 10 million entries': inclusionPath(0, large).length,
        'bytes of that proof': 32 * inclusionPath(0, large).length,
      },
    });
  },
};
