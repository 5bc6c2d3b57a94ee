import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { LogSource } from '../../lambdas/patterns/audit/verify/source.ts';

/** A copy of a log's bucket in a folder, such as `aws s3 sync` makes. */
export function folderSource(folder: string): LogSource {
  return {
    read: (name) => unlessMissing(readFile(path.join(folder, name)), undefined),
    list: async (prefix) => {
      const inside = await unlessMissing(
        readdir(path.join(folder, path.dirname(`${prefix}x`)), { withFileTypes: true }),
        [],
      );
      const files = inside
        .filter((entry) => entry.isFile())
        .map(({ name }) => path.join(path.dirname(`${prefix}x`), name));
      return files.filter((name) => name.startsWith(prefix)).toSorted();
    },
  };
}

async function unlessMissing<Found, Instead>(reading: Promise<Found>, instead: Instead): Promise<Found | Instead> {
  try {
    return await reading;
  } catch (error) {
    // A folder in the place of a file, or nothing: either way there is no such object.
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (['ENOENT', 'EISDIR', 'ENOTDIR'].includes(code)) return instead;
    throw error;
  }
}
