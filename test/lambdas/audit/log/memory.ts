import { createHash } from 'node:crypto';
import type { Head, LogStores, Stored } from '../../../../lambdas/patterns/audit/log/store.ts';

/** The stores in memory, with all that was ever written. */
export interface Memory extends LogStores {
  readonly files: Map<string, Uint8Array>;
  readonly indices: Map<string, number>;
  /** Every version of every object, in the order of writing. */
  readonly writes: { readonly path: string; readonly bytes: Uint8Array }[];
  head(): Head | undefined;
}

const tagOf = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

/** Called before and after every call of a store takes effect: it may wait, or throw. */
export type Step = (call: string) => Promise<void>;

export function memory(step: Step = () => Promise.resolve()): Memory {
  const files = new Map<string, Uint8Array>();
  const indices = new Map<string, number>();
  const writes: { path: string; bytes: Uint8Array }[] = [];
  let current: Head | undefined;
  const put = (path: string, bytes: Uint8Array) => {
    files.set(path, bytes);
    writes.push({ path, bytes });
    return true;
  };
  const call = async <Result>(name: string, effect: () => Result): Promise<Result> => {
    await step(`before ${name}`);
    const result = effect();
    await step(`after ${name}`);
    return result;
  };
  const stored = (path: string): Stored | undefined => {
    const bytes = files.get(path);
    return bytes && { bytes, tag: tagOf(bytes) };
  };
  return {
    files,
    indices,
    writes,
    head: () => current,
    objects: {
      read: (path) => call(`read ${path}`, () => stored(path)),
      create: (path, bytes) => call(`create ${path}`, () => !files.has(path) && put(path, bytes)),
      replace: (path, bytes, earlier) =>
        call(`replace ${path}`, () => stored(path)?.tag === earlier?.tag && put(path, bytes)),
    },
    heads: {
      read: () => call('read head', () => current),
      move: (from, to) =>
        call('move head', () => {
          if (from?.size !== current?.size || from?.staged !== current?.staged) return false;
          current = to;
          return true;
        }),
      markPublished: (head) =>
        call('mark head', () => {
          if (current?.staged === head.staged) current = { ...current, published: head.size };
        }),
    },
    positions: {
      find: (names) =>
        call(
          'find',
          () => new Map(names.flatMap((name) => (indices.has(name) ? [[name, indices.get(name)]] : [])) as []),
        ),
      record: (positions) =>
        call('record', () => {
          for (const [name, index] of positions) indices.set(name, index);
        }),
    },
  };
}
