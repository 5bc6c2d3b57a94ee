import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { longestWaitMs } from '../../../lambdas/patterns/review/case.ts';
import { planOf } from '../../../lambdas/patterns/review/ladder.ts';
import { claim } from '../../../lambdas/patterns/review/transitions.ts';
import { ada, after, hours, minutes, opened, policy } from './support.ts';

const hour = 3600;

describe('the escalation ladder', () => {
  test.each([
    [0, 0, 4 * hour],
    [3.5, 0, hour / 2],
    [4, 1, 8 * hour],
    [11, 1, hour],
    [12, 2, 12 * hour],
    [23, 2, hour],
  ])('after %d hours a case is on rung %d, and waits %d seconds at most', (passed, level, timeoutSeconds) => {
    const { reviewed, plan } = planOf(opened(), hours(passed), policy);
    expect(reviewed).toMatchObject({ level, outcome: null });
    expect(plan).toMatchObject({ next: 'wait', timeoutSeconds });
  });

  test('after its last rung a case is declined, and settled', () => {
    const { reviewed, plan } = planOf(opened(), hours(24), policy);
    expect(reviewed.outcome).toMatchObject({ verdict: 'decline', by: 'expiry' });
    expect(plan).toEqual({ next: 'settle' });
  });

  test('takes a case from whoever sat on it too long', () => {
    const held = claim(opened(), ada, minutes(235), policy);
    expect(planOf(held, hours(4), policy).reviewed).toMatchObject({ level: 1, state: 'waiting', claim: null });
  });

  test('leaves a case up where a person sent it', () => {
    const up = { ...opened(), level: 1 };
    const { reviewed, plan } = planOf(up, hours(1), policy);
    expect(reviewed).toBe(up);
    expect(plan).toMatchObject({ timeoutSeconds: 11 * hour });
  });

  test('at any time, in any order, a case goes up only, and ends by its time', () => {
    const times = fc.array(fc.integer({ min: 0, max: 30 * 3_600_000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(times, (instants) => {
        let current = opened();
        for (const instant of instants) {
          const { reviewed, plan } = planOf(current, after(instant), policy);
          expect(reviewed.level).toBeGreaterThanOrEqual(current.level);
          expect(reviewed.outcome !== null).toBe(current.outcome !== null || instant >= longestWaitMs(policy));
          if (plan.next === 'wait') {
            // What AWS asks of a task: a heartbeat shorter than the timeout, both of one second or more.
            expect(plan.heartbeatSeconds).toBeGreaterThanOrEqual(1);
            expect(plan.timeoutSeconds).toBeGreaterThan(plan.heartbeatSeconds);
            expect(instant / 1000 + plan.timeoutSeconds).toBeLessThanOrEqual(24 * hour + 2);
          } else expect(reviewed.outcome).not.toBeNull();
          current = reviewed;
        }
      }),
    );
  });
});
