import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * What may be tried again, over all layers of a container: the SDK, a step that asks twice, and redelivery.
 *
 * Each first attempt earns a part of a retry, and each retry takes a whole one, so that in an outage the calls grow
 * by that part and not by a factor for each layer (Google, Site Reliability Engineering, 2016, chapter 21).
 */
export interface RetryBudget {
  /** Notes a first attempt. */
  earn(): void;
  /** Takes a retry. @returns whether there was one left, here and for the unit of work under way */
  spend(): boolean;
}

export interface RetryBudgetOptions {
  /**
   * Retries that one first attempt earns.
   * @default 0.05
   */
  readonly perCall?: number;
  /**
   * Most that can be saved up; a container starts with it, so that its first calls can be tried again.
   * @default 5
   */
  readonly most?: number;
}

export function retryBudget({ perCall = 0.05, most = 5 }: RetryBudgetOptions = {}): RetryBudget {
  let saved = most;
  return {
    earn: () => {
      saved = Math.min(most, saved + perCall);
    },
    spend: () => {
      if (saved < 1) return false;
      const unit = units.getStore();
      if (unit && unit.left < 1) return false;
      if (unit) unit.left--;
      saved--;
      return true;
    },
  };
}

/** Retries that one unit of work, such as a record, may cost in all, its redeliveries included. */
const perUnit = 3;

const units = new AsyncLocalStorage<{ left: number }>();

/**
 * Runs a unit of work with what is left of its retries. A redelivery is a retry of the whole, so each one leaves the
 * layers inside one less: with three layers of three attempts a record would cost 27 calls, here it costs at most
 * {@link perUnit} more than one for each delivery.
 *
 * @param delivery 1 for the first
 */
export function unitOfWork<Result>(delivery: number, work: () => Promise<Result>): Promise<Result> {
  return units.run({ left: Math.max(0, perUnit - (delivery - 1)) }, work);
}

/** How often what failed has come to this container. */
export interface Deliveries {
  /** 1 for the first. */
  of(id: string): number;
  failed(id: string): void;
  done(id: string): void;
}

/** Counts deliveries of what failed; it forgets the oldest. */
export function deliveries(most = 1_000): Deliveries {
  const failures = new Map<string, number>();
  return {
    of: (id) => (failures.get(id) ?? 0) + 1,
    failed: (id) => {
      const count = (failures.get(id) ?? 0) + 1;
      failures.delete(id);
      failures.set(id, count);
      const [oldest] = failures.keys();
      if (failures.size > most && oldest !== undefined) failures.delete(oldest);
    },
    done: (id) => {
      failures.delete(id);
    },
  };
}
