import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../scripts/root.ts';

/**
 * This very app in the form that `cdk init app --language typescript` gives: run by ts-node, which checks its types
 * at every synth, with one `NodejsFunction` for each handler, and the template validation left on.
 *
 * The folder lies inside the repository, so that both forms use the same installed CDK.
 *
 * @returns the folder, ready for `cdk synth`
 */
export function cdkInitForm(): string {
  const folder = path.join(root, '.state/bench/cdk-init');
  for (const part of ['bin', 'lib', 'lambdas', 'schemas', 'services', 'jobs']) {
    rmSync(path.join(folder, part), { recursive: true, force: true });
    cpSync(path.join(root, part), path.join(folder, part), {
      recursive: true,
      filter: (source) => !/\/(\.venv|__pycache__|tests|\.[a-z]+_cache)(\/|$)/.test(source),
    });
  }
  cpSync(path.join(root, headers), path.join(folder, headers));
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'cdk-init-form', private: true }));
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }, null, 2));
  writeFileSync(path.join(folder, 'cdk.json'), JSON.stringify(cdkJson(), null, 2));
  installTools(folder);
  for (const part of ['bin', 'lib', 'lambdas']) rewriteFolder(path.join(folder, part));
  return folder;
}

/** The one file that the constructs read from the console's sources. */
const headers = 'console/security-headers.json';

/** What `cdk init` writes, without declarations and source maps. */
const compilerOptions = {
  target: 'ES2022',
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  lib: ['es2024'],
  strict: true,
  noImplicitAny: true,
  strictNullChecks: true,
  noImplicitThis: true,
  alwaysStrict: true,
  strictPropertyInitialization: true,
  esModuleInterop: true,
  resolveJsonModule: true,
  skipLibCheck: true,
  types: ['node'],
};

function cdkJson(): Record<string, unknown> {
  const ours = JSON.parse(readFileSync(path.join(root, 'cdk.json'), 'utf8')) as Record<string, unknown>;
  return { ...ours, app: 'npx ts-node --prefer-ts-exts bin/app.ts' };
}

/** The tools in the versions of `cdk init`; this project's own TypeScript has no compiler interface for ts-node. */
function installTools(folder: string): void {
  if (existsSync(path.join(folder, 'node_modules/.bin/ts-node'))) return;
  mkdirSync(folder, { recursive: true });
  const tools = ['ts-node@10.9.2', 'typescript@5.9.3', '@types/node@24.19.2'];
  execFileSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', ...tools], { cwd: folder, stdio: 'ignore' });
  writeFileSync(path.join(folder, 'package-lock.json'), readFileSync(path.join(root, 'package-lock.json')));
}

function rewriteFolder(folder: string): void {
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )) {
    const whole = path.join(folder, file);
    writeFileSync(whole, rewrite(readFileSync(whole, 'utf8')));
  }
}

/** CommonJS as ts-node takes it: no file extensions, no import attributes, no `import.meta`, no prebuilt bundles. */
export function rewrite(source: string): string {
  return source
    .replaceAll(/(from|import) '(\.{1,2}\/[^']+)\.ts'/g, "$1 '$2'")
    .replaceAll(/ with \{ type: 'json' \}/g, '')
    .replaceAll(/fileURLToPath\(new URL\(('[^']+'), import\.meta\.url\)\)/g, "require('node:path').join(__dirname, $1)")
    .replaceAll(/^import \{ bundleHandlers \}.*$|^await bundleHandlers\(\);$/gm, '')
    .replaceAll(
      /new lambda\.Function\(/g,
      "new (require('aws-cdk-lib/aws-lambda-nodejs') as typeof import('aws-cdk-lib/aws-lambda-nodejs')).NodejsFunction(",
    )
    .replaceAll(/handler: 'index\.handler',/g, "handler: 'handler',")
    .replaceAll(
      /code: codeOf\(props\.handler\),/g,
      "entry: require('node:path').join(__dirname, '../../lambdas', props.handler, 'handler.ts'),",
    );
}
