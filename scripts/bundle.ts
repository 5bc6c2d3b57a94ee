import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = path.join(root, 'dist/handlers');
const manifestFile = path.join(outdir, 'manifest.json');

/** What the constructs need to know of a bundled handler. */
export interface HandlerBundle {
  /** SHA-256 of the code, in hexadecimal: the asset's hash. */
  readonly hash: string;
  readonly bytes: number;
}

interface Manifest {
  /** Marks the state of the sources that the bundles were made of. */
  readonly sources: string;
  readonly handlers: Readonly<Record<string, HandlerBundle>>;
}

/**
 * Bundles all handlers into `dist/handlers/<name>/index.mjs` in one run of esbuild, and writes their manifest. Their
 * source maps are `dist/handlers/maps/<name>/index.mjs.map`, outside of what is deployed.
 *
 * Nothing is done if neither the sources nor the lock file changed since the last run. Two runs at a time do no harm:
 * each file is put in place whole, and the manifest last.
 */
export async function bundleHandlers(): Promise<Readonly<Record<string, HandlerBundle>>> {
  const sources = stateOfSources();
  const current = readManifest();
  if (current?.sources === sources) return current.handlers;

  const names = handlerNames();
  // Loaded only when there is something to bundle: a synth of unchanged sources need not pay for it.
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: names.map((name) => ({ in: path.join(root, 'lambdas', name, 'handler.ts'), out: `${name}/index` })),
    outdir,
    write: false,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    sourcemap: 'external',
    legalComments: 'none',
    // The module form of a package can be shaken, the CommonJS form can't.
    mainFields: ['module', 'main'],
    alias: {
      '@aws-sdk/credential-provider-node': path.join(root, 'lambdas/patterns/clients/no-default-credentials.ts'),
    },
    // Packages that are CommonJS inside still call require for Node's own modules.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  for (const { path: file, contents } of outputFiles) put(file.endsWith('.map') ? mapFile(file) : file, contents);
  const handlers = Object.fromEntries(names.map((name) => [name, describe(name)]));
  put(manifestFile, `${JSON.stringify({ sources, handlers } satisfies Manifest, null, 2)}\n`);
  return handlers;
}

/** Where the map of a bundle goes: a stack trace of AWS is read with it here, so it need not be uploaded. */
function mapFile(file: string): string {
  return path.join(outdir, 'maps', path.relative(outdir, file));
}

/** Writes a file so that whoever reads it at the same time sees the old one or the new one, never a part. */
function put(file: string, contents: string | Uint8Array): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, contents);
  renameSync(draft, file);
}

function handlerNames(): string[] {
  return readdirSync(path.join(root, 'lambdas'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'patterns')
    .map((entry) => entry.name)
    .toSorted();
}

function describe(name: string): HandlerBundle {
  const code = readFileSync(path.join(outdir, name, 'index.mjs'));
  return { hash: createHash('sha256').update(code).digest('hex'), bytes: code.length };
}

function readManifest(): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest;
  } catch {
    // Missing or cut off by a crash: either way the bundles are made anew.
    return undefined;
  }
}

/** Sizes and times of change of all that the bundles are made of: cheap to get, and different after any edit. */
function stateOfSources(): string {
  const hash = createHash('sha256');
  for (const folder of ['lambdas', 'schemas']) {
    for (const file of readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).toSorted()) {
      const { size, mtimeMs } = statSync(path.join(root, folder, file));
      hash.update(`${folder}/${file} ${size} ${mtimeMs}\n`);
    }
  }
  for (const file of ['package-lock.json', 'scripts/bundle.ts']) hash.update(readFileSync(path.join(root, file)));
  return hash.digest('hex');
}

if (import.meta.main) {
  for (const [name, { bytes }] of Object.entries(await bundleHandlers())) console.log(`${name} ${bytes} bytes`);
}
