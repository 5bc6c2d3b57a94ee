import type { Context } from 'aws-lambda';

/** The end of an invocation's working time: one budget over everything that is called and tried again within it. */
export interface Deadline {
  /** Milliseconds left; negative when it has passed. */
  leftMs(): number;
  /** Aborts what is still under way when the time is up. */
  readonly signal: AbortSignal;
}

/** The invocation's time is up, or too short for what is left to do. */
export class OutOfTime extends Error {
  constructor() {
    super('not enough time is left in this invocation');
    this.name = 'OutOfTime';
  }
}

/** What is left to each signal's deadline, for those who are given the signal alone, as an HTTP handler is. */
const leftOf = new WeakMap<AbortSignal, () => number>();

/**
 * The deadline of an invocation.
 *
 * @param reserveMs time kept back for the fallback and the record of what was done, in which the handler still answers
 */
export function deadlineOf(context: Pick<Context, 'getRemainingTimeInMillis'>, reserveMs: number): Deadline {
  return new End(() => context.getRemainingTimeInMillis() - reserveMs);
}

/** An earlier deadline inside another: a part of the time, so that what comes after has the rest. */
export function within(outer: Deadline, milliseconds: number, now: () => number = Date.now): Deadline {
  const end = now() + milliseconds;
  return new End(() => Math.min(outer.leftMs(), end - now()), outer);
}

/** Milliseconds left to the deadline that a signal belongs to; infinite for any other signal. */
export function leftUntil(signal: AbortSignal | undefined): number {
  return (signal && leftOf.get(signal)?.()) ?? Number.POSITIVE_INFINITY;
}

/** The header that tells a service how long its answer is of use: whole milliseconds. */
export function deadlineHeader({ leftMs }: Pick<Deadline, 'leftMs'>): { readonly 'x-deadline-ms': string } {
  return { 'x-deadline-ms': String(Math.max(0, Math.floor(leftMs()))) };
}

/**
 * The signal is made when it is first asked for: most of what is given a deadline only looks at the time. A class,
 * since an object of its own with a getter costs ten times as much to make, and one is made for each call.
 */
class End implements Deadline {
  readonly leftMs: () => number;
  readonly #outer: Deadline | undefined;
  #signal: AbortSignal | undefined;

  constructor(leftMs: () => number, outer?: Deadline) {
    this.leftMs = leftMs;
    this.#outer = outer;
  }

  get signal(): AbortSignal {
    this.#signal ??= signalOf(this.leftMs, this.#outer);
    return this.#signal;
  }
}

function signalOf(leftMs: () => number, outer: Deadline | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(Math.max(0, Math.ceil(leftMs())));
  const signal = outer ? AbortSignal.any([outer.signal, timeout]) : timeout;
  leftOf.set(signal, leftMs);
  return signal;
}
