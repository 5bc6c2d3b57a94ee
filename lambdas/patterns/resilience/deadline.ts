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
  return deadlineBy(() => context.getRemainingTimeInMillis() - reserveMs);
}

/** An earlier deadline inside another: a part of the time, so that what comes after has the rest. */
export function within(outer: Deadline, milliseconds: number, now: () => number = Date.now): Deadline {
  const end = now() + milliseconds;
  return deadlineBy(() => Math.min(outer.leftMs(), end - now()), outer.signal);
}

/** Milliseconds left to the deadline that a signal belongs to; infinite for any other signal. */
export function leftUntil(signal: AbortSignal | undefined): number {
  return (signal && leftOf.get(signal)?.()) ?? Number.POSITIVE_INFINITY;
}

/** The header that tells a service how long its answer is of use: whole milliseconds. */
export function deadlineHeader({ leftMs }: Pick<Deadline, 'leftMs'>): { readonly 'x-deadline-ms': string } {
  return { 'x-deadline-ms': String(Math.max(0, Math.floor(leftMs()))) };
}

/** The signal is made when it is first asked for: most of what is given a deadline only looks at the time. */
function deadlineBy(leftMs: () => number, outer?: AbortSignal): Deadline {
  let signal: AbortSignal | undefined;
  return {
    leftMs,
    get signal() {
      signal ??= signalOf(leftMs, outer);
      return signal;
    },
  };
}

function signalOf(leftMs: () => number, outer: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(Math.max(0, Math.ceil(leftMs())));
  const signal = outer ? AbortSignal.any([outer, timeout]) : timeout;
  leftOf.set(signal, leftMs);
  return signal;
}
