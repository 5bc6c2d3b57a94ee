import { ConsecutiveBreaker, circuitBreaker, handleAll, retry, TimeoutStrategy, timeout, wrap } from 'cockatiel';
import CircuitBreaker from 'opossum';
import { breaker } from '../lambdas/patterns/resilience/breaker/breaker.ts';
import { deadlineOf, within } from '../lambdas/patterns/resilience/deadline.ts';
import { retryBudget } from '../lambdas/patterns/resilience/retry-budget.ts';
import { memoryStore } from '../test/simulation/memory-store.ts';
import { type Bench, compare } from './comparison.ts';
import { conditions, median } from './measure.ts';

const rounds = 9;
const calls = 200_000;

const call = async () => 1;

/** Breaker, deadline and budget of ours around a call. */
function ours(): () => Promise<number> {
  const store = memoryStore({ sleep: async () => undefined }, () => 0);
  const guard = breaker({ name: 'model', instance: 'i', store });
  const deadline = deadlineOf({ getRemainingTimeInMillis: () => 60_000 }, 1_000);
  const budget = retryBudget();
  return () => {
    const inner = within(deadline, 1_000);
    if (inner.leftMs() <= 0) throw new Error('no time');
    budget.earn();
    return guard(call);
  };
}

function cockatielBreaker(): () => Promise<number> {
  const policy = circuitBreaker(handleAll, { halfOpenAfter: 1_000, breaker: new ConsecutiveBreaker(5) });
  return () => policy.execute(call);
}

function cockatielWrap(): () => Promise<number> {
  const guard = circuitBreaker(handleAll, { halfOpenAfter: 1_000, breaker: new ConsecutiveBreaker(5) });
  const policy = wrap(retry(handleAll, { maxAttempts: 2 }), guard, timeout(1_000, TimeoutStrategy.Cooperative));
  return () => policy.execute(call);
}

function opossum(): () => Promise<number> {
  const guard = new CircuitBreaker(call, { timeout: 1_000 });
  return () => guard.fire();
}

/** CPU microseconds of one call. */
async function cpuOf(subject: () => Promise<number>): Promise<number> {
  const before = process.cpuUsage();
  for (let count = 0; count < calls; count++) await subject();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

/** What the policies themselves cost when all is well. */
export const policy: Bench = {
  summary: 'CPU microseconds that breaker, deadline and retry budget add to a call, beside cockatiel and opossum',
  async run() {
    const subjects = {
      bare: () => call(),
      ours: ours(),
      'cockatiel breaker': cockatielBreaker(),
      'cockatiel retry + breaker + timeout': cockatielWrap(),
      opossum: opossum(),
    };
    const names = Object.keys(subjects) as (keyof typeof subjects)[];
    const costs = new Map(names.map((name) => [name, [] as number[]]));
    for (let round = -1; round < rounds; round++) {
      for (const name of names) {
        const cpu = await cpuOf(subjects[name]);
        if (round >= 0) costs.get(name)?.push(cpu);
      }
    }
    const added = (name: keyof typeof subjects) => median(costs.get(name) ?? []) - median(costs.get('bare') ?? []);
    return compare({
      name: 'policy',
      unit: 'µs CPU a call',
      ours: added('ours'),
      peers: {
        'limit of 1 µs': 1,
        'cockatiel breaker': added('cockatiel breaker'),
        'cockatiel retry + breaker + timeout': added('cockatiel retry + breaker + timeout'),
        opossum: added('opossum'),
      },
      aim: { 'limit of 1 µs': 1 },
      conditions: { ...conditions(rounds), callsARound: calls, bareMicroseconds: median(costs.get('bare') ?? []) },
    });
  },
};
