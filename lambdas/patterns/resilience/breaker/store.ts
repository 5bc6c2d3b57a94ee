import type { Shared } from './rules.ts';

/** A bad call of one instance. */
export interface Report {
  readonly instance: string;
  readonly now: number;
  /** A window that began before this is over: a new one begins with the report. */
  readonly windowFrom: number;
}

/** A change of state. */
export type Transition = Pick<Shared, 'state' | 'since' | 'coolDownMs'>;

/**
 * Where the instances of a fleet share what they know of one breaker. Each method but `read` writes once, or twice
 * where a window or a minute begins.
 */
export interface BreakerStore {
  read(): Promise<Shared>;
  /** @returns the state after it */
  report(report: Report): Promise<Shared>;
  /** States an instance's calls a second in this minute, by its number since 1970. */
  beat(perSecond: number, minute: number): Promise<void>;
  /** Changes the state, unless another instance has changed it since. @returns the state that holds */
  change(from: Shared, to: Transition): Promise<Shared>;
  /** Takes the one probe, unless another instance has it. @returns whether it was taken */
  takeProbe(of: Shared, until: number, now: number): Promise<boolean>;
}
