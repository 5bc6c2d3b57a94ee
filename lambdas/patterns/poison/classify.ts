import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import type { PoisonClass } from './classes.ts';
import { PoisonRecord } from './poison-record.ts';

/**
 * Errors that a later delivery need not meet: of ours by name, and those of `AbortSignal`, which ends what hangs at the
 * invocation's deadline.
 */
const passing: ReadonlySet<string> = new Set(['OutOfTime', 'EarlierFailed', 'Braked', 'AbortError', 'TimeoutError']);

/** The class of whatever was thrown on the way of a record. What is not known to be anything else is unknown. */
export function classOf(thrown: unknown): PoisonClass {
  if (thrown instanceof PoisonRecord) return thrown.poison;
  if (!(thrown instanceof Error)) return 'unknown';
  return passing.has(thrown.name) || isPassingAnswer(thrown) ? 'transient' : 'unknown';
}

/** Whether AWS's own rules for retries say that the call may succeed later. */
function isPassingAnswer(thrown: Error): boolean {
  const error = thrown as Parameters<typeof isTransientError>[0];
  return isThrottlingError(error) || isTransientError(error) || isServerError(error);
}
