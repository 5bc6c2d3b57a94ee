import { describe, expect, test } from 'vitest';
import { BreakerOpen, breaker } from '../../../lambdas/patterns/resilience/breaker/breaker.ts';
import { sharingFleet } from '../../simulation/fleet.ts';
import { virtualTime } from '../../simulation/virtual-time.ts';

const minute = 60_000;
const fleets = [10, 50, 200] as const;

describe.each(fleets)('%d instances', (instances) => {
  test('a dead service is given up after 25 failures at most, and one instance at a time probes it', async () => {
    const fleet = sharingFleet({ seed: instances, instances, perSecond: instances * 2 });
    await fleet.work(2 * minute);
    expect(fleet.counts.failures).toBe(0);
    fleet.failing = 1;
    while (fleet.store.state().state === 'closed') await fleet.work(1);
    expect(fleet.counts.failures).toBeLessThanOrEqual(25);
    // By then each instance has looked.
    await fleet.work(5_000);
    fleet.counts.atOnce = 0;
    const { calls } = fleet.counts;
    await fleet.work(2 * minute);
    // Cool-downs of 2, 4, 8, 16, 32 and 60 seconds: a probe after each, and nothing else.
    expect(fleet.counts.calls - calls).toBeLessThanOrEqual(6);
    expect(fleet.counts.calls - calls).toBeGreaterThanOrEqual(4);
    expect(fleet.counts.atOnce).toBe(1);
  });

  test('a service that is back gets its calls back slowly, then all of them', async () => {
    const fleet = sharingFleet({ seed: instances, instances, perSecond: instances * 2 });
    await fleet.work(2 * minute);
    fleet.failing = 1;
    await fleet.work(10_000);
    fleet.failing = 0;
    while (fleet.store.state().state === 'open') await fleet.work(100);
    const before = { ...fleet.counts };
    await fleet.work(2_000);
    const early = fleet.counts.calls - before.calls;
    expect(early).toBeLessThan(0.5 * 2 * instances * 2);
    await fleet.work(20_000);
    const { refused } = fleet.counts;
    await fleet.work(minute);
    expect(fleet.counts.refused).toBe(refused);
  });

  test('while all is well nothing is written but each instance’s traffic, once a minute', async () => {
    const fleet = sharingFleet({ seed: instances, instances, perSecond: instances * 2 });
    await fleet.work(minute);
    const writes = fleet.store.writes();
    await fleet.work(minute);
    // One more where a minute begins.
    expect(fleet.store.writes() - writes).toBeLessThanOrEqual(instances + 5);
  });

  test('five calls in a hundred that fail do not open it', async () => {
    const fleet = sharingFleet({ seed: instances, instances, perSecond: instances * 2 });
    fleet.failing = 0.05;
    await fleet.work(5 * minute);
    expect(fleet.store.state().version).toBe(0);
  });

  test('slow answers open it as failures do', async () => {
    const settings = { slowMs: 200 };
    const fleet = sharingFleet({ seed: instances, instances, perSecond: instances * 2, settings });
    await fleet.work(2 * minute);
    fleet.takesMs = 800;
    await fleet.work(3_000);
    expect(fleet.store.state().state).toBe('open');
  });

  test('without the store each instance goes by its own calls, and comes back by itself', async () => {
    const fleet = sharingFleet({ seed: instances, instances, perSecond: instances * 10, storeFails: () => true });
    await fleet.work(10_000);
    fleet.failing = 1;
    await fleet.work(5_000);
    expect(fleet.counts.failures).toBeLessThan(instances * 10);
    fleet.failing = 0;
    await fleet.work(3 * minute);
    const { refused } = fleet.counts;
    await fleet.work(minute);
    expect(fleet.counts.refused).toBe(refused);
  });
});

test('one instance that is ill does not close the way for the others', async () => {
  const fleet = sharingFleet({ seed: 1, instances: 20, perSecond: 40 });
  await fleet.work(2 * minute);
  const ill = breaker({ name: 'model', instance: 'ill', store: fleet.store, surroundings: fleet.time });
  for (let call = 0; call < 60; call++) {
    void ill(() => Promise.reject(new Error('no network'))).catch(() => undefined);
    await fleet.work(100);
  }
  expect(fleet.store.state().state).toBe('closed');
  expect(fleet.counts.refused).toBe(0);
});

test('a container that starts during an outage does not try', async () => {
  const fleet = sharingFleet({ seed: 2, instances: 20, perSecond: 40 });
  await fleet.work(2 * minute);
  fleet.failing = 1;
  await fleet.work(5_000);
  const late = breaker({ name: 'model', instance: 'late', store: fleet.store, surroundings: fleet.time });
  let called = false;
  const result = late(async () => {
    called = true;
  }).catch((error: unknown) => error);
  await fleet.work(50);
  expect(await result).toBeInstanceOf(BreakerOpen);
  expect(called).toBe(false);
});

test('a breaker without a store opens after five failures, tries one call after a pause and closes with it', async () => {
  const time = virtualTime(1);
  const guard = breaker({ name: 'scorecard', instance: 'i', surroundings: time });
  const call = (ok: boolean) => guard(() => (ok ? Promise.resolve('ok') : Promise.reject(new Error('bad'))));
  for (let index = 0; index < 5; index++) await expect(call(false)).rejects.toThrow('bad');
  await expect(call(true)).rejects.toBeInstanceOf(BreakerOpen);
  await time.runUntil(time.now() + 2_000);
  expect(await call(true)).toBe('ok');
  expect(await call(true)).toBe('ok');
});
