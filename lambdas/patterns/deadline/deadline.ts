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

/**
 * The deadline of an invocation.
 *
 * @param reserveMs time kept back, in which the handler still says what became of its work
 */
export function deadlineOf(context: Pick<Context, 'getRemainingTimeInMillis'>, reserveMs: number): Deadline {
  const leftMs = () => context.getRemainingTimeInMillis() - reserveMs;
  return { leftMs, signal: AbortSignal.timeout(Math.max(0, Math.floor(leftMs()))) };
}
