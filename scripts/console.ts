// `npm run build:console`: the reviewers' page, into dist/console; nothing is done while nothing has changed.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './root.ts';

const outdir = path.join(root, 'dist/console');
const hashFile = path.join(outdir, '.sources');
/** What the page is made of: its own sources, the types and words that it shares, and the packages. */
const sources = ['console', 'lambdas/patterns/review', 'schemas/reason-codes.json', 'package-lock.json'];

/** Builds the console unless its sources are the same as the last time, to the byte. @returns its folder */
export async function buildConsole(): Promise<string> {
  const hash = hashOfSources();
  if (existsSync(hashFile) && readFileSync(hashFile, 'utf8') === hash) return outdir;
  // Loaded only when there is something to build.
  const { build } = await import('vite');
  await build({ root: path.join(root, 'console'), configFile: path.join(root, 'console/vite.config.ts') });
  writeFileSync(hashFile, hash);
  return outdir;
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  for (const file of sources.flatMap(filesBelow)) hash.update(`${file}\n`).update(readFileSync(path.join(root, file)));
  return hash.digest('hex');
}

function filesBelow(name: string): string[] {
  if (statSync(path.join(root, name)).isFile()) return [name];
  return readdirSync(path.join(root, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .toSorted();
}

if (import.meta.main) console.log(path.relative(root, await buildConsole()));
