import type { RetryStrategyV2, RetryToken } from '@smithy/types';
import type { Deadline } from './deadline.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { Surroundings } from './surroundings.ts';

/** A failure that the same call may not have a moment later. */
export class Passing extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Passing';
  }
}

export interface Backoff {
  /** Longest pause before the first retry; it doubles with each. Milliseconds. */
  readonly baseMs: number;
  readonly longestMs: number;
}

const backoff: Backoff = { baseMs: 80, longestMs: 2_000 };

/** Less time than this is not worth an attempt. Milliseconds. */
const leastMs = 20;

/**
 * A pause anywhere between nothing and its longest: callers that failed together do not come back together
 * (Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015, "full jitter").
 *
 * @param retry 0 for the first
 * @returns milliseconds
 */
export function fullJitter(retry: number, random: number, { baseMs, longestMs }: Backoff = backoff): number {
  return random * Math.min(longestMs, baseMs * 2 ** retry);
}

export interface RetryOptions {
  readonly budget: RetryBudget;
  readonly deadline: Deadline;
  /** Attempts, the first included. */
  readonly attempts: number;
  readonly surroundings: Surroundings;
}

/**
 * Makes a call, and makes it again if it failed with {@link Passing} while attempts, budget and time are left.
 *
 * @param call must be safe to repeat
 */
export async function retrying<Result>(
  { budget, deadline, attempts, surroundings }: RetryOptions,
  call: () => Promise<Result>,
): Promise<Result> {
  budget.earn();
  for (let retry = 0; ; retry++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Passing) || retry + 1 >= attempts) throw error;
      const pause = fullJitter(retry, surroundings.random());
      if (deadline.leftMs() - pause < leastMs || !budget.spend()) throw error;
      await surroundings.sleep(pause, deadline.signal);
      // A sleep may be longer than it was asked to be.
      if (deadline.leftMs() < leastMs) throw error;
    }
  }
}

/** The retries of AWS clients, from the same budget. */
export function sdkRetries(budget: RetryBudget, attempts: number, random = Math.random): RetryStrategyV2 {
  return {
    acquireInitialRetryToken: async () => {
      budget.earn();
      return tokenOf(0, 0);
    },
    refreshRetryTokenForRetry: async (token, { errorType }) => {
      const retry = token.getRetryCount();
      const passing = errorType === 'TRANSIENT' || errorType === 'THROTTLING';
      if (!passing || retry + 1 >= attempts || !budget.spend()) throw new Error('no retry is left');
      return tokenOf(retry + 1, fullJitter(retry, random()));
    },
    recordSuccess: () => undefined,
  };
}

function tokenOf(count: number, delayMs: number): RetryToken {
  return { getRetryCount: () => count, getRetryDelay: () => delayMs };
}
