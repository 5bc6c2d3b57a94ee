import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import { type Fleet, fleet, sharingFleet } from '../test/simulation/fleet.ts';
import { type Bench, compare } from './comparison.ts';
import { median } from './measure.ts';

const sizes = [10, 50, 200] as const;
const seeds = [1, 2, 3, 4, 5];
const perInstance = 2;
const warmMs = 120_000;
const mostFailures = 25;

interface Opening {
  /** Failures before the breaker opened, or before most instances' own were open. */
  readonly failures: number;
  readonly calls: number;
  /** Failures until nobody calls any more. */
  readonly inAll: number;
  readonly writes: number;
}

/** From the first failure on: how much is let through until the shared breaker is open. */
async function shared(seed: number, instances: number, failing: number): Promise<Opening> {
  const made = sharingFleet({ seed, instances, perSecond: instances * perInstance });
  await made.work(warmMs);
  const { calls } = made.counts;
  const writes = made.store.writes();
  made.failing = failing;
  while (made.store.state().state !== 'open') await made.work(1);
  const opened = {
    failures: made.counts.failures,
    calls: made.counts.calls - calls,
    writes: made.store.writes() - writes,
  };
  await made.work(1_500);
  return { ...opened, inAll: made.counts.failures };
}

/** The same with a breaker for each instance that opens after five failures in a row. */
async function alone(seed: number, instances: number, failing: number): Promise<Omit<Opening, 'writes'>> {
  let open = 0;
  const made: Fleet = fleet({
    seed,
    instances,
    perSecond: instances * perInstance,
    guard: () => {
      const own = circuitBreaker(handleAll, { halfOpenAfter: 1e9, breaker: new ConsecutiveBreaker(5) });
      own.onBreak(() => open++);
      return (call) => own.execute(call);
    },
  });
  await made.work(warmMs);
  const { calls } = made.counts;
  made.failing = failing;
  while (open < instances / 2) await made.work(10);
  const opened = { failures: made.counts.failures, calls: made.counts.calls - calls };
  while (open < instances) await made.work(1_000);
  return { ...opened, inAll: made.counts.failures };
}

/** Probes at a time and in all, and store writes, over the ten minutes of an outage. */
async function outage(instances: number) {
  const made = sharingFleet({ seed: 1, instances, perSecond: instances * perInstance });
  await made.work(warmMs);
  const quiet = made.store.writes();
  await made.work(60_000);
  const healthyWrites = made.store.writes() - quiet;
  made.failing = 1;
  await made.work(10_000);
  made.counts.atOnce = 0;
  const before = { calls: made.counts.calls, writes: made.store.writes() };
  await made.work(590_000);
  return {
    healthyWritesPerMinuteAndInstance: healthyWrites / instances,
    outageWritesPerMinuteAndInstance: (made.store.writes() - before.writes) / instances / (590 / 60),
    probesIn590Seconds: made.counts.calls - before.calls,
    probesAtOnce: made.counts.atOnce,
  };
}

async function figuresOf(instances: number, failing: number) {
  const ours: Opening[] = [];
  const peers: Omit<Opening, 'writes'>[] = [];
  for (const seed of seeds) {
    ours.push(await shared(seed, instances, failing));
    peers.push(await alone(seed, instances, failing));
  }
  const worst = (values: readonly number[]) => Math.max(...values);
  const name = `${instances} instances, ${100 * failing} % failing`;
  return {
    failures: worst(ours.map((each) => each.failures)),
    conditions: {
      [`${name}: failures before it opens (worst of ${seeds.length})`]: worst(ours.map((each) => each.failures)),
      [`${name}: calls before it opens (median)`]: median(ours.map((each) => each.calls)),
      [`${name}: failures until the last instance knows (median)`]: median(ours.map((each) => each.inAll)),
      [`${name}: store writes until it opens (median)`]: median(ours.map((each) => each.writes)),
      [`${name}: own breakers, failures until half are open (median)`]: median(peers.map((each) => each.failures)),
      [`${name}: own breakers, failures until all are open (median)`]: median(peers.map((each) => each.inAll)),
    },
    peer: median(peers.map((each) => each.failures)),
  };
}

/** A breaker that the fleet shares beside one for each instance. */
export const breakerBench: Bench = {
  summary: 'failures let through before the shared breaker opens, at 10, 50 and 200 instances, beside own breakers',
  async run() {
    let conditions: Record<string, string | number> = { seeds: seeds.length, callsPerSecondAndInstance: perInstance };
    let ours = 0;
    let peer = Number.POSITIVE_INFINITY;
    let probesAtOnce = 0;
    for (const instances of sizes) {
      for (const failing of [1, 0.3]) {
        const found = await figuresOf(instances, failing);
        conditions = { ...conditions, ...found.conditions };
        ours = Math.max(ours, found.failures);
        peer = Math.min(peer, found.peer);
      }
      const inOutage = await outage(instances);
      probesAtOnce = Math.max(probesAtOnce, inOutage.probesAtOnce);
      for (const [name, value] of Object.entries(inOutage)) conditions[`${instances} instances: ${name}`] = value;
    }
    const compared = compare({
      name: 'breaker',
      unit: 'failures before it opens, the worst case',
      ours,
      peers: { [`limit of ${mostFailures}`]: mostFailures, 'own breakers, their best case': peer },
      aim: { [`limit of ${mostFailures}`]: 1 },
      conditions,
    });
    return { ...compared, met: compared.met && probesAtOnce <= 1 };
  },
};
