import type { BreakerSettings } from './rules.ts';

/** Bad calls of this instance alone from which it stops calling, whatever others see. */
const leastBad = 5;
const badShare = 0.5;

/** A breaker over this instance's own calls: it holds when the store is down, and when this instance alone is ill. */
export interface LocalBreaker {
  /** Whether a call may go out; once an opening is over, one at a time. */
  lets(now: number): boolean;
  note(bad: boolean, now: number): void;
}

export function localBreaker({ windowMs, coolDownMs, longestCoolDownMs }: BreakerSettings): LocalBreaker {
  let windowStart = 0;
  let calls = 0;
  let bad = 0;
  let openUntil = 0;
  let lasted = 0;
  let trying = false;

  function open(now: number): void {
    lasted = Math.min(longestCoolDownMs, Math.max(coolDownMs, lasted * 2));
    openUntil = now + lasted;
    calls = 0;
    bad = 0;
  }

  return {
    lets: (now) => {
      if (lasted === 0) return true;
      if (now < openUntil || trying) return false;
      trying = true;
      return true;
    },
    note: (isBad, now) => {
      if (lasted > 0) {
        // Calls that were under way when it opened say nothing new.
        if (!trying) return;
        trying = false;
        if (isBad) open(now);
        else lasted = 0;
        return;
      }
      if (now - windowStart > windowMs) {
        windowStart = now;
        calls = 0;
        bad = 0;
      }
      calls++;
      if (!isBad) return;
      bad++;
      if (bad >= leastBad && bad >= badShare * calls) open(now);
    },
  };
}
