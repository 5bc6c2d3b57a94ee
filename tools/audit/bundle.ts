import path from 'node:path';
import { root } from '../../scripts/root.ts';

/** Where the verifier that is one file is put. */
export const verifierFile = path.join(root, 'dist/verify.mjs');

/** Makes the verifier one file that needs Node and nothing else. */
export async function bundleVerifier(outfile = verifierFile): Promise<string> {
  const { build } = await import('esbuild');
  await build({
    entryPoints: [path.join(root, 'tools/audit/verifier.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    // Whoever trusts it may want to read it.
    minify: false,
    legalComments: 'none',
    logLevel: 'warning',
  });
  return outfile;
}
