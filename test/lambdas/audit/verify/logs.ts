import { sequence } from '../../../../lambdas/patterns/audit/log/sequence.ts';
import type { LogSource } from '../../../../lambdas/patterns/audit/verify/source.ts';
import { memory } from '../log/memory.ts';
import { testSigner } from '../tlog/signer.ts';

export const key = testSigner();

/** The objects of a log, of entries that differ by their name only, appended in batches of the given sizes. */
export async function logOf(
  batches: readonly number[],
  name = 'entry',
  signer = key,
): Promise<Map<string, Uint8Array>> {
  const log = memory();
  let next = 0;
  for (const size of batches) {
    const names = Array.from({ length: size }, () => `${name} ${next++}`);
    const candidates = names.map((each) => ({ name: each, seal: () => Promise.resolve(Buffer.from(each)) }));
    await sequence(log, signer, candidates);
  }
  return log.files;
}

export function sourceOf(files: ReadonlyMap<string, Uint8Array>): LogSource {
  return {
    read: (path) => Promise.resolve(files.get(path)),
    list: (prefix) => Promise.resolve([...files.keys()].filter((path) => path.startsWith(prefix)).toSorted()),
  };
}
