import { quantile } from './quantile.ts';
import { realSurroundings, type Surroundings } from './surroundings.ts';

declare const safe: unique symbol;

/** A call that its author has declared safe to make twice at a time; it ends when its signal aborts. */
export type ReplaySafe<Result> = ((signal: AbortSignal) => Promise<Result>) & { readonly [safe]: true };

/** Declares that making a call twice has the effect of making it once: nothing else can be hedged. */
export function replaySafe<Result>(call: (signal: AbortSignal) => Promise<Result>): ReplaySafe<Result> {
  return call as ReplaySafe<Result>;
}

export interface HedgeOptions {
  /**
   * Second calls per first call, at most: all calls through this hedge share it.
   * @default 0.04
   */
  readonly share?: number;
  /**
   * The share of calls that are answered before a second one is thought of.
   * @default 0.97
   */
  readonly patience?: number;
  /**
   * Shortest wait before a second call. Milliseconds.
   * @default 2
   */
  readonly leastMs?: number;
  readonly surroundings?: Surroundings;
}

/** Makes a call, and a second one if the first is late; the first answer is taken and the other call is cancelled. */
export type Hedge = <Result>(call: ReplaySafe<Result>, signal: AbortSignal) => Promise<Result>;

/** Most second calls that can be saved up. */
const mostSaved = 5;
/** Calls that are timed before the first second call. */
const leastTimings = 20;

/**
 * Dean and Barroso, The Tail at Scale, CACM 2013: hedged requests, sent once the first has been outstanding for longer
 * than most take. The wait follows the answers' times; the budget keeps a slow service from being asked twice as much.
 *
 * @returns a function that rejects with the first call's failure unless the second answers
 */
export function hedge(options: HedgeOptions = {}): Hedge {
  const { share = 0.04, patience = 0.97, leastMs = 2, surroundings = realSurroundings } = options;
  const usual = quantile(patience);
  let saved = 0;
  let timings = 0;

  function add(milliseconds: number): void {
    timings++;
    usual.add(milliseconds);
  }

  return async (call, signal) => {
    saved = Math.min(mostSaved, saved + share);
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    try {
      const began = surroundings.now();
      const first = call(either);
      const waitMs = timings < leastTimings ? undefined : Math.max(leastMs, usual.value());
      if (waitMs === undefined || !(await isLate(first, waitMs, either))) {
        const result = await first;
        add(surroundings.now() - began);
        return result;
      }
      // However long it will take, it is known to be above the estimate.
      add(Number.POSITIVE_INFINITY);
      if (saved < 1) return await first;
      saved--;
      return await firstAnswer(first, call(either));
    } finally {
      over.abort();
    }
  };

  async function isLate(call: Promise<unknown>, waitMs: number, signal: AbortSignal): Promise<boolean> {
    const inTime = () => false;
    const late = surroundings.sleep(waitMs, signal).then(() => true, inTime);
    return Promise.race([call.then(inTime, inTime), late]);
  }
}

/** The first answer of two; if there is none, the failure of the earlier call. */
function firstAnswer<Result>(earlier: Promise<Result>, later: Promise<Result>): Promise<Result> {
  return Promise.any([earlier, later]).catch(() => earlier);
}
