import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Puts a log into a folder, as a copy of its bucket is. It is removed at the end of the test. */
export async function copyOf(
  files: ReadonlyMap<string, Uint8Array>,
  onTestFinished: (clean: () => Promise<void>) => void,
): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'seaworthy-log-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, bytes] of files) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), bytes);
  }
  return folder;
}
