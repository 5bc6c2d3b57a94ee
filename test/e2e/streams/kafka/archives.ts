import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { command } from '../../../../scripts/command.ts';
import { root } from '../../../../scripts/root.ts';

const here = path.join(root, 'test/e2e/streams/kafka');
/** SHA-256 by the archive's file name. */
const hashes = new Map(
  readFileSync(path.join(here, 'archives.lock'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' ') as [string, string]),
);

/**
 * The class path of the broker. Its archives are fetched by Maven, once, into `.state/kafka`.
 *
 * @throws Error that says what is missing, or which archive is not the pinned one
 */
export async function brokerClassPath(): Promise<string> {
  const folder = path.join(root, '.state/kafka');
  if (!isComplete(folder)) {
    const args = ['-q', '-B', '-f', path.join(here, 'pom.xml'), 'dependency:copy-dependencies'];
    const { code, stderr } = await command('mvn', [...args, `-DoutputDirectory=${folder}`]);
    if (code !== 0) {
      const why = stderr.at(-1) ?? `exit code ${code}`;
      throw new Error(`the Kafka broker can't be fetched (${why}): install Maven and Java 17, and check the network`);
    }
  }
  for (const [file, hash] of hashes) {
    const found = createHash('sha256')
      .update(readFileSync(path.join(folder, file)))
      .digest('hex');
    if (found !== hash) throw new Error(`${folder}/${file} is not the pinned archive (SHA-256 ${hash}): delete it`);
  }
  return [...hashes.keys()].map((file) => path.join(folder, file)).join(path.delimiter);
}

function isComplete(folder: string): boolean {
  try {
    const present = new Set(readdirSync(folder));
    return [...hashes.keys()].every((file) => present.has(file));
  } catch {
    // There is no such folder yet.
    return false;
  }
}
