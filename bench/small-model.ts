import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import * as v from 'valibot';
import { applicationSchema } from '../lambdas/patterns/application/application.ts';
import { type Features, featuresOf } from '../lambdas/patterns/features/features.ts';
import { root } from '../scripts/root.ts';
import { type Bench, compare } from './comparison.ts';
import { setUp, trainedModel } from './loan-history.ts';
import { conditions, cost, median, sideBySide } from './measure.ts';
import { auc, costOf } from './small-model/quality.ts';
import type { Seen } from './small-model/subject.ts';

const rounds = 10;
const folder = path.join(root, '.state/bench/small-model');
const node = path.join(root, 'node_modules/.bin/node');
/** Applications of later years, an even sample. */
const applications = 20_000;
const runtimes = ['onnxruntime-node@1.30.0', 'onnxruntime-web@1.30.0'];

/** The files that a function needs of each candidate, beside its bundle: of the model, and of libraries for x86-64. */
const candidates = {
  scorecard: { model: 'scorecard.json', libraries: [] },
  trees: { model: 'model.txt', libraries: [] },
  'onnx-node': {
    model: 'model.onnx',
    libraries: ['libonnxruntime.so.1', 'onnxruntime_binding.node'].map(
      (name) => `onnxruntime-node/bin/napi-v6/linux/x64/${name}`,
    ),
  },
  'onnx-web': {
    model: 'model.onnx',
    libraries: ['ort.node.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'].map(
      (name) => `onnxruntime-web/dist/${name}`,
    ),
  },
} satisfies Record<string, { model: string; libraries: string[] }>;

type Candidate = keyof typeof candidates;
const names = Object.keys(candidates) as Candidate[];

/** What the small model inside the function could be: time of a cold start up to the first score, size, and quality. */
export const smallModel: Bench = {
  summary: 'the scorecard inside the function beside the whole model in TypeScript, ONNX Runtime native and as wasm',
  async run() {
    rmSync(path.join(folder, 'run'), { recursive: true, force: true });
    mkdirSync(path.join(folder, 'run'), { recursive: true });
    await setUp('services/trainer');
    const { version, applications: file } = await trainedModel(path.join(folder, 'run'), applications);
    const { features, defaulted } = samples(file);
    const [all, first] = [features, features.slice(0, 1)].map((rows, index) => {
      const written = path.join(folder, `run/features-${index}.json`);
      writeFileSync(written, JSON.stringify(rows));
      return written;
    }) as [string, string];
    install();
    await bundle();

    const program = (name: string, rows: string) =>
      ({ args: [node, bundleOf(name), version, rows], cwd: root }) as const;
    const starts = sideBySide(
      { nothing: () => cost(program('nothing', first)), ...everyCandidate((name) => () => cost(program(name, first))) },
      rounds,
    );
    const start = (name: Candidate, key: 'cpu' | 'wall') =>
      (median(starts[name].map((each) => each[key])) - median(starts.nothing.map((each) => each[key]))) * 1e3;
    const seen = everyCandidate((name): Seen => {
      const [command, ...args] = program(name, all).args;
      return JSON.parse(execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1e8 })) as Seen;
    });
    return compare({
      name: 'small-model',
      unit: 'CPU ms of a cold start',
      ours: start('scorecard', 'cpu'),
      peers: {
        trees: start('trees', 'cpu'),
        'onnx-node': start('onnx-node', 'cpu'),
        'onnx-web': start('onnx-web', 'cpu'),
      },
      // By this the scorecard was chosen; the trees are the same model over again (see docs/decisions.md).
      aim: { 'onnx-node': 1, 'onnx-web': 1 },
      conditions: {
        ...conditions(rounds),
        applications: features.length,
        ...everyCandidate((name) =>
          [
            `starts in ${start(name, 'wall').toFixed(0)} ms`,
            `${seen[name].micros.toFixed(1)} CPU µs a score`,
            `peak ${median(starts[name].map(({ peakMiB }) => peakMiB)).toFixed(0)} MiB`,
            sizes(name, version),
            `AUC ${auc(seen[name].probabilities, defaulted).toFixed(3)}`,
            `cost ${costOf(seen[name].probabilities, defaulted).toFixed(3)}`,
          ].join(', '),
        ),
        'largest difference of trees and onnx-node': difference(seen.trees, seen['onnx-node']).toExponential(1),
      },
    });
  },
};

function everyCandidate<Value>(make: (name: Candidate) => Value): Record<Candidate, Value> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Candidate, Value>;
}

/** The features of the applications whose outcome is known, and whether they defaulted. */
function samples(file: string): { features: readonly Features[]; defaulted: readonly boolean[] } {
  const [, ...rows] = readFileSync(path.join(path.dirname(file), 'outcomes.csv'), 'utf8')
    .trim()
    .split('\n');
  const outcomes = new Map(rows.map((row) => row.split(',') as [string, string]));
  const found = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .flatMap((line) => {
      const application = v.safeParse(applicationSchema, JSON.parse(line));
      const outcome = application.success ? outcomes.get(application.output.applicationId) : undefined;
      return application.success && outcome !== undefined
        ? [{ features: featuresOf(application.output), defaulted: outcome === '1' }]
        : [];
    });
  return { features: found.map(({ features }) => features), defaulted: found.map((each) => each.defaulted) };
}

/** Both runtimes are hundreds of megabytes, for all systems together: only this benchmark installs them. */
function install(): void {
  if (existsSync(path.join(folder, 'node_modules/onnxruntime-web/package.json'))) return;
  writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', ...runtimes];
  execFileSync('npm', args, { cwd: folder, stdio: 'ignore' });
}

const bundleOf = (name: string) => path.join(folder, 'bundles', `${name}.mjs`);

/** As the handlers are bundled; and a program that does nothing, for what Node itself takes. */
async function bundle(): Promise<void> {
  await build({
    entryPoints: names.map((name) => path.join(root, 'bench/small-model', `${name}.ts`)),
    outdir: path.join(folder, 'bundles'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    mainFields: ['module', 'main'],
  });
  writeFileSync(bundleOf('nothing'), '');
}

/** What has to be deployed, and the file that is read of the registry. */
function sizes(name: Candidate, version: string): string {
  const { model, libraries } = candidates[name];
  const code = [bundleOf(name), ...libraries.map((file) => path.join(folder, 'node_modules', file))];
  const unpacked = code.reduce((sum, file) => sum + statSync(file).size, 0);
  const packed = code.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
  const kilobytes = (bytes: number) => `${(bytes / 1e3).toFixed(0)} kB`;
  return `code ${kilobytes(unpacked)} (packed ${kilobytes(packed)}), model ${kilobytes(statSync(path.join(version, model)).size)}`;
}

function difference(some: Seen, others: Seen): number {
  return Math.max(
    ...some.probabilities.map((probability, index) => Math.abs(probability - (others.probabilities[index] ?? 1))),
  );
}
