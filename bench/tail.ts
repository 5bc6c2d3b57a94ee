import type { Deadline } from '../lambdas/patterns/resilience/deadline.ts';
import { hedge, replaySafe } from '../lambdas/patterns/resilience/hedge.ts';
import { Passing, retrying } from '../lambdas/patterns/resilience/retry.ts';
import { retryBudget } from '../lambdas/patterns/resilience/retry-budget.ts';
import { mulberry32, virtualTime } from '../test/simulation/virtual-time.ts';
import { type Bench, compare } from './comparison.ts';

const requests = 100_000;
const slowShare = 0.01;
const slowTimes = 100;
const endless: Deadline = { leftMs: () => Number.POSITIVE_INFINITY, signal: new AbortController().signal };

interface Run {
  readonly p50: number;
  readonly p999: number;
  readonly callsPerRequest: number;
}

/** Requests on a virtual clock, some at a time; one call in a hundred takes a hundred times as long. */
async function run(hedged: boolean): Promise<Run> {
  const time = virtualTime(11);
  const ask = hedge({ surroundings: time });
  let calls = 0;
  const call = replaySafe(async (signal) => {
    calls++;
    const usual = 5 + 5 * time.random();
    await time.sleep(time.random() < slowShare ? slowTimes * usual : usual, signal);
  });
  const took: number[] = [];
  async function client(): Promise<void> {
    while (took.length < requests) {
      const began = time.now();
      // The hedge cancels its losers by the signal of the call; each request has its own.
      const { signal } = new AbortController();
      await (hedged ? ask(call, signal) : call(signal));
      took.push(time.now() - began);
    }
  }
  const clients = Promise.all(Array.from({ length: 20 }, client));
  while (took.length < requests) await time.runUntil(time.now() + 60_000);
  await clients;
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.floor(share * took.length)] ?? Number.NaN;
  return { p50: at(0.5), p999: at(0.999), callsPerRequest: calls / took.length };
}

/** Attempts for each request while every call fails: three are allowed, the budget says how many are made. */
async function outage(): Promise<number> {
  const budget = retryBudget();
  const surroundings = { now: () => 0, random: mulberry32(3), sleep: async () => undefined };
  let attempts = 0;
  const failing = () => {
    attempts++;
    return Promise.reject(new Passing('down'));
  };
  for (let request = 0; request < requests; request++) {
    await retrying({ budget, deadline: endless, attempts: 3, surroundings }, failing).catch(() => undefined);
  }
  return attempts / requests;
}

/** What a hedge does to the tail, and what it costs. */
export const tail: Bench = {
  summary: 'p99.9 with hedging beside without, where 1 % of calls take 100 times longer; and attempts in an outage',
  async run() {
    const [without, hedged, attempts] = [await run(false), await run(true), await outage()];
    const report = {
      name: 'tail',
      unit: 'virtual ms at p99.9',
      ours: hedged.p999,
      peers: { 'without hedging': without.p999 },
      aim: { 'without hedging': 0.1 },
      conditions: {
        requests,
        seed: 11,
        p50WithHedging: hedged.p50,
        p50Without: without.p50,
        callsPerRequest: hedged.callsPerRequest,
        aimOfCallsPerRequest: 1.05,
        attemptsPerRequestInAnOutage: attempts,
        aimOfAttempts: 1.1,
      },
    };
    const compared = compare(report);
    return { ...compared, met: compared.met && hedged.callsPerRequest <= 1.05 && attempts <= 1.1 };
  },
};
