import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Platform, startPlatform, withRights } from '../platform.ts';
import { faults } from './faults.ts';
import { listen, type PlatformAlarm, platformAlarms } from './rung.ts';

// One platform, all faults at once: the families' alarms look at different metrics, and take minutes by their nature.

/** How often what goes on is done: a period of a minute has enough of it to ring. */
const betweenMs = 10_000;
/** Three periods of a minute, as most alarms want them, and what a busy machine takes. */
const patienceMs = 420_000;

let platform: Platform;
let families: ReadonlySet<string>;
/** Families of whose alarm the state was ALARM, and the topic had a message. */
const rang = new Set<string>();

beforeAll(async () => {
  platform = await startPlatform(20, withRights);
  const alarms = await platformAlarms(platform);
  families = new Set(alarms.map(({ family }) => family));
  const of = (family: string) => {
    const anchored = alarms.filter((alarm) => alarm.family === family);
    const wanted = ({ anchor }: PlatformAlarm) => anchor === faults[family]?.anchor;
    return [...anchored.filter(wanted), ...anchored.filter((alarm) => !wanted(alarm))];
  };
  const heard = await listen(platform);
  const injected = Object.entries(faults).filter(([family]) => families.has(family));
  // Stopping the deciding comes first: what the stop keeps is a fault as well.
  for (const [family, fault] of injected.toSorted(([a], [b]) => order(a) - order(b))) {
    await fault.inject(platform, of(family));
  }
  const told = new Set<string>();
  const end = Date.now() + patienceMs;
  while (rang.size < injected.length && Date.now() < end) {
    await Promise.all(injected.map(([family, fault]) => fault.goOn?.(platform, of(family))));
    for (const name of await heard()) told.add(name);
    for (const alarm of await platformAlarms(platform)) {
      const wanted = alarm.anchor === faults[alarm.family]?.anchor;
      if (wanted && alarm.ringing && told.has(alarm.name)) rang.add(alarm.family);
    }
    await sleep(betweenMs);
  }
}, 1_200_000);
afterAll(() => platform?.interrupt());

/** What must come before others: first the outcomes and records, which need the functions that are then paralysed. */
function order(family: string): number {
  return ['mode-switch', 'decision-service', 'outcome-feed', 'stream-ingestion'].indexOf(family) + 1 || 99;
}

test('every family of alarms has a fault, and every fault a family', () => {
  expect(Object.keys(faults).toSorted()).toEqual([...families].toSorted());
});

test.each(Object.entries(faults).map(([family, { what }]) => [family, what]))('%s: %s', (family) => {
  expect([...rang]).toContain(family);
});
