/** What all instances know of a breaker: the item in the store. Times in milliseconds since 1970. */
export interface Shared {
  /** Grows with every change of state. */
  readonly version: number;
  readonly state: 'closed' | 'open' | 'ramping';
  /** When the state began. */
  readonly since: number;
  /** How long this opening lasts before a probe. */
  readonly coolDownMs: number;
  /** Until when an instance holds the one probe. */
  readonly probeUntil: number;
  /** Bad calls since the window began, and how many instances reported them. */
  readonly windowStart: number;
  readonly bad: number;
  readonly reporters: number;
  /** The traffic of the fleet: calls a second, and instances that stated theirs in this minute and the one before. */
  readonly minute: number;
  readonly rate: number;
  readonly instances: number;
  readonly lastRate: number;
  readonly lastInstances: number;
}

export interface BreakerSettings {
  /** An answer that takes longer is as bad as none. Milliseconds. */
  readonly slowMs: number;
  /** Time over which bad calls are counted. Milliseconds. */
  readonly windowMs: number;
  /** Share of bad calls from which the breaker opens, and the fewest of them. */
  readonly badShare: number;
  readonly leastBad: number;
  /** Distinct instances that must have seen bad calls, or all there are if they are fewer. */
  readonly quorum: number;
  /** Time before the first probe, doubled after each that fails up to the longest. Milliseconds. */
  readonly coolDownMs: number;
  readonly longestCoolDownMs: number;
  /** How long a probe is one instance's. Milliseconds. */
  readonly leaseMs: number;
  /** Time in which calls grow from a tenth to all after a probe. Milliseconds. */
  readonly rampMs: number;
  /** Bad calls during the ramp that open the breaker again. */
  readonly rampBad: number;
  /** How old an instance's view of the store may be. Milliseconds. */
  readonly pollMs: number;
}

export const usualSettings: BreakerSettings = {
  slowMs: 1_000,
  windowMs: 10_000,
  badShare: 0.2,
  leastBad: 15,
  quorum: 3,
  coolDownMs: 2_000,
  longestCoolDownMs: 60_000,
  leaseMs: 5_000,
  rampMs: 10_000,
  rampBad: 3,
  pollMs: 1_000,
};

export const untouched: Shared = {
  version: 0,
  state: 'closed',
  since: 0,
  coolDownMs: 0,
  probeUntil: 0,
  windowStart: 0,
  bad: 0,
  reporters: 0,
  minute: 0,
  rate: 0,
  instances: 0,
  lastRate: 0,
  lastInstances: 0,
};

export const minuteMs = 60_000;

/** Whether the bad calls that were reported open the breaker, or open it again while it ramps up. */
export function shouldOpen(shared: Shared, settings: BreakerSettings, now: number): boolean {
  if (shared.state === 'open' || shared.reporters < quorumOf(shared, settings)) return false;
  if (isRamping(shared, settings, now)) return shared.bad >= settings.rampBad;
  return shared.bad >= settings.leastBad && shared.bad >= settings.badShare * callsOf(shared, now);
}

/** A fleet smaller than the quorum is its own; one whose size is not known is taken for large. */
function quorumOf(shared: Shared, { quorum }: BreakerSettings): number {
  const instances = instancesOf(shared);
  return instances > 0 ? Math.min(quorum, instances) : quorum;
}

/**
 * Calls of all instances since the window began. Good calls write nothing, so they are not counted: they follow from
 * the traffic that each instance states once a minute.
 *
 * @returns infinite while the traffic is not known: then each instance goes by its own calls
 */
function callsOf(shared: Shared, now: number): number {
  return Math.max(shared.bad, (rateOf(shared, now) * (now - shared.windowStart)) / 1_000);
}

/** A minute that has only begun is known in part: it counts where it is above the one before. */
function rateOf({ minute, rate, lastRate }: Shared, now: number): number {
  const current = Math.floor(now / minuteMs);
  const known = minute === current ? lastRate : minute === current - 1 ? rate : 0;
  return known > 0 ? Math.max(known, rate) : Number.POSITIVE_INFINITY;
}

/** Instances that said that they are there, as far as is known. */
export function instancesOf({ instances, lastInstances }: Shared): number {
  return Math.max(instances, lastInstances);
}

/** Whether the share of calls let through is still growing. */
export function isRamping({ state, since }: Shared, { rampMs }: BreakerSettings, now: number): boolean {
  return state === 'ramping' && now - since < rampMs;
}

/** The share of calls let through: a tenth at the ramp's beginning, all at its end. */
export function shareLetThrough(shared: Shared, settings: BreakerSettings, now: number): number {
  if (shared.state === 'open') return 0;
  if (!isRamping(shared, settings, now)) return 1;
  return Math.max(0.1, (now - shared.since) / settings.rampMs);
}

/** How long the next opening lasts: twice the one before if that has only just ended. */
export function nextCoolDown(shared: Shared, settings: BreakerSettings, now: number): number {
  const again = shared.state === 'open' || isRamping(shared, settings, now);
  return again ? Math.min(settings.longestCoolDownMs, shared.coolDownMs * 2) : settings.coolDownMs;
}
