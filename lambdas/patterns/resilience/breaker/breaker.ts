import { realSurroundings, type Surroundings } from '../surroundings.ts';
import { localBreaker } from './local.ts';
import {
  type BreakerSettings,
  instancesOf,
  isRamping,
  minuteMs,
  nextCoolDown,
  type Shared,
  shareLetThrough,
  shouldOpen,
  untouched,
  usualSettings,
} from './rules.ts';
import type { BreakerStore } from './store.ts';

/** The call was not made: what it goes to has failed too often of late. */
export class BreakerOpen extends Error {
  constructor(name: string) {
    super(`the breaker of ${name} is open`);
    this.name = 'BreakerOpen';
  }
}

export interface BreakerOptions {
  /** What is called, for instance `model`. */
  readonly name: string;
  /** A name of this instance that no other has. */
  readonly instance: string;
  /** @default - none: the breaker is this instance's own */
  readonly store?: BreakerStore;
  readonly settings?: Partial<BreakerSettings>;
  readonly surroundings?: Surroundings;
}

/** Makes a call, or rejects with {@link BreakerOpen} without making it. A rejection of the call counts as bad. */
export type Breaker = <Result>(call: () => Promise<Result>) => Promise<Result>;

/** A first statement of an instance's traffic comes so soon after its first call. Milliseconds. */
const firstBeatMs = 5_000;
/** How long a store that failed is left alone. Milliseconds. */
const storePauseMs = 5_000;
/** Attempts at the probe are spread so that instances come one after the other. Milliseconds. */
const spreadPerInstanceMs = 20;

/**
 * A breaker that all instances of a function share.
 *
 * A good call costs no write: an instance states its traffic once a minute and looks at the store once a second at
 * most, beside its calls. A bad call is reported, and with it the breaker opens for all as soon as enough of them were
 * bad and a quorum of instances has seen it. After a pause one instance makes one probe; if it is good, calls grow
 * slowly, and a bad one holds that up on its instance. When the store is down, each instance goes by its own calls.
 */
export function breaker(options: BreakerOptions): Breaker {
  const { name, instance, store, surroundings = realSurroundings } = options;
  const settings = { ...usualSettings, ...options.settings };
  const local = localBreaker(settings);
  let view: Shared = untouched;
  let viewedAt = Number.NEGATIVE_INFINITY;
  let noProbeBefore = 0;
  let calls = 0;
  let beatAt = 0;
  let beatenAt = 0;
  let heldMs = 0;
  let storeDownUntil = 0;

  function see(seen: Shared): Shared {
    if (seen.version !== view.version && seen.state === 'open') {
      const spread = spreadPerInstanceMs * Math.max(1, instancesOf(seen));
      noProbeBefore = seen.since + seen.coolDownMs + surroundings.random() * spread;
    }
    if (seen.version !== view.version) heldMs = 0;
    view = seen;
    return seen;
  }

  /** Asks or tells the store, unless it has only just failed: then this instance's own calls have to do. */
  async function tryStore(action: (of: BreakerStore) => Promise<unknown>): Promise<void> {
    if (!store || surroundings.now() < storeDownUntil) return;
    try {
      await action(store);
    } catch {
      storeDownUntil = surroundings.now() + storePauseMs;
    }
  }

  /** What is known of the others; an opening that is over can't be kept up without the store. */
  function viewAt(now: number): Shared {
    return now < storeDownUntil && now >= noProbeBefore ? untouched : view;
  }

  /** Looks at the store when the view is old, and states this instance's traffic when that is due. */
  async function look(at: BreakerStore, now: number): Promise<void> {
    viewedAt = now;
    if (now >= beatAt) {
      const perSecond = (1_000 * calls) / (now - beatenAt);
      calls = 0;
      beatenAt = now;
      beatAt = now + minuteMs;
      await at.beat(perSecond, Math.floor(now / minuteMs));
    }
    see(await at.read());
  }

  /** A container that starts waits for its first look: it need not try what the others know to be dead. */
  async function firstLook(at: BreakerStore, now: number): Promise<void> {
    beatenAt = now;
    beatAt = now + firstBeatMs;
    await look(at, now);
  }

  async function takesProbe(now: number): Promise<boolean> {
    if (!store || view.state !== 'open' || now < noProbeBefore || now < view.probeUntil) return false;
    noProbeBefore = now + spreadPerInstanceMs * Math.max(1, instancesOf(view));
    let taken = false;
    await tryStore(async (of) => {
      taken = await of.takeProbe(view, now + settings.leaseMs, now);
      if (!taken) see(await of.read());
    });
    return taken;
  }

  async function settleProbe(bad: boolean, now: number): Promise<void> {
    const coolDownMs = bad ? nextCoolDown(view, settings, now) : view.coolDownMs;
    await tryStore(async (of) =>
      see(await of.change(view, { state: bad ? 'open' : 'ramping', since: now, coolDownMs })),
    );
  }

  async function report(now: number): Promise<void> {
    // Calls that were under way when it opened say nothing new.
    if (view.state === 'open') return;
    if (isRamping(view, settings, now - heldMs)) heldMs += settings.rampMs / 10;
    const seen = { instance, now, windowFrom: now - settings.windowMs };
    await tryStore(async (of) => {
      const shared = see(await of.report(seen));
      if (!shouldOpen(shared, settings, now)) return;
      const coolDownMs = nextCoolDown(shared, settings, now);
      see(await of.change(shared, { state: 'open', since: now, coolDownMs }));
    });
  }

  async function make<Result>(call: () => Promise<Result>, probe: boolean): Promise<Result> {
    const began = surroundings.now();
    let failed = true;
    try {
      const result = await call();
      failed = false;
      return result;
    } finally {
      const now = surroundings.now();
      const bad = failed || now - began > settings.slowMs;
      local.note(bad, now);
      if (probe) await settleProbe(bad, now);
      else if (bad) await report(now);
    }
  }

  async function probeOrRefuse<Result>(call: () => Promise<Result>, now: number): Promise<Result> {
    if (!(await takesProbe(now))) throw new BreakerOpen(name);
    return make(call, true);
  }

  // Not async: in the healthy case the call's own promise is the only one.
  function enter<Result>(call: () => Promise<Result>, now: number): Promise<Result> {
    calls++;
    const share = shareLetThrough(viewAt(now), settings, now - heldMs);
    const lets = (share === 1 || surroundings.random() < share) && local.lets(now);
    return lets ? make(call, false) : probeOrRefuse(call, now);
  }

  return (call) => {
    const now = surroundings.now();
    if (!store || now - viewedAt < settings.pollMs) return enter(call, now);
    if (viewedAt === Number.NEGATIVE_INFINITY) {
      return tryStore((of) => firstLook(of, now)).then(() => enter(call, surroundings.now()));
    }
    void tryStore((of) => look(of, now));
    return enter(call, now);
  };
}
