import path from 'node:path';
import { bundleHandlers } from '../scripts/bundle.ts';
import { root } from '../scripts/root.ts';
import { type Bench, compare } from './comparison.ts';
import { type Command, conditions, cost, median, sideBySide } from './measure.ts';

const rounds = 7;
const node = path.join(root, 'node_modules/.bin/node');
/** CPU seconds that the gate may add to a synth. */
const limit = 0.5;

/** All three load the same modules; they differ in the plug-in that runs. */
function appWith(plugin: string): Command {
  return {
    args: [node, 'bench/gate-app.ts', plugin, path.join('.state/bench', `gate-${plugin}`)],
    cwd: root,
    env: { CDK_VALIDATION: 'false', NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/node') },
  };
}

/** CPU seconds that the gate adds to a synth of the whole app. */
export const gate: Bench = {
  summary: 'CPU seconds that the gate adds to a synth, beside its limit and beside cdk-nag',
  async run() {
    await bundleHandlers();
    const costs = sideBySide(
      {
        none: () => cost(appWith('none')),
        seaworthy: () => cost(appWith('seaworthy')),
        nag: () => cost(appWith('nag')),
      },
      rounds,
    );
    const cpu = (name: keyof typeof costs) => median(costs[name].map((each) => each.cpu));
    return compare({
      name: 'gate',
      unit: 'CPU s',
      ours: cpu('seaworthy') - cpu('none'),
      peers: { limit, 'cdk-nag AwsSolutions': cpu('nag') - cpu('none') },
      aim: { limit: 1 },
      conditions: { ...conditions(rounds), withoutAnyPlugin: cpu('none') },
    });
  },
};
