import { rmSync } from 'node:fs';
import path from 'node:path';
import { bundleHandlers } from '../scripts/bundle.ts';
import { root } from '../scripts/root.ts';
import { cdkInitForm } from './cdk-init.ts';
import { type Bench, compare } from './comparison.ts';
import { type Command, conditions, cost, median, sideBySide } from './measure.ts';

const rounds = 5;
const cdk = path.join(root, 'node_modules/.bin/cdk');
const node = path.join(root, 'node_modules/.bin/node');
const bundles = path.join(root, 'dist/handlers');

/** `cdk synth` as a user runs it; handlers are bundled only if their sources changed. */
const ours: Command = { args: [cdk, 'synth', '--quiet', '--output', '.state/bench/ours'], cwd: root };

/** The same app with its assets there already and the template validation off; the CLI is the same. */
const floor: Command = {
  args: [cdk, 'synth', '--quiet', '--output', '.state/bench/floor', '--app', `${node} bench/prebuilt-app.ts`],
  cwd: root,
  env: { CDK_VALIDATION: 'false', NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/node') },
};

/** CPU seconds of `cdk synth` of the whole app. */
export const synth: Bench = {
  summary: 'CPU seconds of cdk synth, beside prebuilt assets and beside the form that cdk init gives',
  async run() {
    const folder = cdkInitForm();
    const environment = { PATH: `${path.dirname(node)}:${process.env['PATH']}` };
    const cdkInit: Command = {
      args: [cdk, 'synth', '--quiet', '--output', '../cdk-init-out'],
      cwd: folder,
      env: environment,
    };
    await bundleHandlers();
    const costs = sideBySide(
      {
        prebuilt: () => cost(floor),
        ours: () => cost(ours),
        edited: () => {
          // What an edit of a handler brings about: all are bundled anew, in one run.
          rmSync(bundles, { recursive: true, force: true });
          return cost(ours);
        },
        'cdk init': () => cost(cdkInit),
      },
      rounds,
    );
    const cpu = (name: keyof typeof costs) => median(costs[name].map((each) => each.cpu));
    return compare({
      name: 'synth',
      unit: 'CPU s',
      ours: cpu('ours'),
      peers: { prebuilt: cpu('prebuilt'), 'cdk init': cpu('cdk init') },
      aim: { prebuilt: 1.2, 'cdk init': 1 / 8 },
      conditions: {
        ...conditions(rounds),
        oursAfterAnEditOfAHandler: cpu('edited'),
        oursWallSeconds: median(costs.ours.map(({ wall }) => wall)),
        cdkInitWallSeconds: median(costs['cdk init'].map(({ wall }) => wall)),
        oursPeakMiB: median(costs.ours.map(({ peakMiB }) => peakMiB)),
      },
    });
  },
};
