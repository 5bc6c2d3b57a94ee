import path from 'node:path';
import { root } from '../scripts/root.ts';
import { type Bench, compare } from './comparison.ts';
import { type Command, conditions, cost, median, sideBySide } from './measure.ts';

const rounds = 5;
const node = path.join(root, 'node_modules/.bin/node');
/** Records of one run: so many that starting up is a small part. */
const records = 100_000;

const contender = (name: string, count: number): Command => ({
  args: [node, 'bench/consumer-contender.ts', name, String(count)],
  cwd: root,
});

/** CPU microseconds for each record of a batch, from the event to the report, with a handler that parses and validates. */
export const consumer: Bench = {
  summary:
    "the consumer's CPU for each record, beside a bare loop and plain Powertools batch; deliveries with 1 % poison",
  async run() {
    const names = ['bare', 'powertools', 'ours'] as const;
    const costs = sideBySide(
      {
        nothing: () => cost(contender('bare', 0)),
        bare: () => cost(contender('bare', records)),
        powertools: () => cost(contender('powertools', records)),
        ours: () => cost(contender('ours', records)),
      },
      rounds,
    );
    const startUp = median(costs.nothing.map(({ cpu }) => cpu));
    const perRecord = (name: (typeof names)[number]) =>
      ((median(costs[name].map(({ cpu }) => cpu)) - startUp) / records) * 1e6;
    const { drain } = await import('./consumer-drain.ts');
    const [ours, plain] = [await drain('ours'), await drain('powertools')];
    return compare({
      name: 'consumer',
      unit: 'CPU µs a record',
      ours: perRecord('ours'),
      peers: { 'bare loop': perRecord('bare'), 'Powertools batch': perRecord('powertools') },
      aim: { 'bare loop': 1.3 },
      conditions: {
        ...conditions(rounds),
        records,
        recordsPerSecondPerVcpu: Math.round(1e6 / perRecord('ours')),
        oursPeakMiB: median(costs.ours.map(({ peakMiB }) => peakMiB)),
        barePeakMiB: median(costs.bare.map(({ peakMiB }) => peakMiB)),
        powertoolsPeakMiB: median(costs.powertools.map(({ peakMiB }) => peakMiB)),
        deliveriesOf1000With10Poison: ours.deliveries,
        kept: ours.kept,
        lost: ours.lost,
        deliveriesOfPowertools: plain.deliveries,
        lostByPowertools: plain.lost,
      },
    });
  },
};
