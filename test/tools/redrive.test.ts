import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pace } from '../../lambdas/patterns/redrive/pace.ts';
import { parseRequest, redriveClasses } from '../../lambdas/patterns/redrive/request.ts';
import { actorOf } from '../../tools/redrive/actor.ts';
import { classes, parseArguments } from '../../tools/redrive/arguments.ts';

test('the command offers the classes that the function knows', () => {
  expect(classes).toEqual(redriveClasses);
});

describe('the command line', () => {
  test('is what the function is asked', () => {
    const args = ['--since', '2026-05-05', '--class', 'malformed', '--class', 'given-up', '--by', 'staff-7'];
    expect(parseArguments(args)).toEqual({
      since: '2026-05-05T00:00:00.000Z',
      classes: ['malformed', 'given-up'],
      by: 'staff-7',
      perSecond: 5,
      functionName: undefined,
    });
    expect(parseArguments(['--since', '2026-05-05', '--class', 'all'])?.classes).toEqual(redriveClasses);
    expect(parseArguments(['--help'])).toBeUndefined();
  });

  test.each([
    [['--class', 'all'], '--since is undefined, give an instant such as 2026-05-05T10:00:00Z'],
    [['--since', 'soon', '--class', 'all'], '--since is soon, give an instant'],
    [['--since', '2026-05-05'], '--class is undefined, give given-up, malformed'],
    [['--since', '2026-05-05', '--class', 'bad'], '--class is bad, give given-up, malformed'],
    [['--since', '2026-05-05', '--class', 'all', '--rate', '0'], '--rate is 0, give 0.1 to 1000'],
    [['--fast'], "Unknown option '--fast'"],
  ])('%o is refused with its remedy', (args, message) => {
    expect(() => parseArguments(args)).toThrow(message);
  });
});

test('a request that is wrong names each field and the remedy', () => {
  const right = { since: '2026-05-05T00:00:00.000Z', classes: ['malformed'], by: 'staff-7', perSecond: 5 };
  expect(parseRequest(right)).toEqual(right);
  expect(() => parseRequest({ since: 'soon', classes: [], by: 'Zebedee Q', perSecond: 0 })).toThrow(
    'redrive: since: give an ISO 8601 instant, such as 2026-05-05T10:00:00Z; ' +
      'classes: give one of given-up, malformed, schema-invalid, oversized, policy-blocked at least; ' +
      'by: give a number of staff or a role, without spaces; perSecond: give 0.1 or more',
  );
});

describe('who is named in the audit trail', () => {
  test.each([
    ['a role, without its session', 'arn:aws:sts::1:assumed-role/Operator/zebedee', 'AROA1:zebedee', 'role/Operator'],
    ['a user, by the id', 'arn:aws:iam::1:user/zebedee', 'AIDA1', 'user/AIDA1'],
    ['the account itself', 'arn:aws:iam::000000000000:root', '000000000000', 'user/000000000000'],
  ])('is %s', (_what, Arn, UserId, actor) => {
    expect(actorOf({ Arn, UserId })).toBe(actor);
  });
});

test('however records come, over any stretch of time no more begin than the rate allows, and one piece of work', async () => {
  const pieces = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(pieces, fc.integer({ min: 1, max: 50 }), async (sizes, perSecond) => {
      let now = 0;
      const clock = {
        now: () => now,
        sleep: async (milliseconds: number) => {
          now += milliseconds;
        },
      };
      const wait = pace(perSecond, clock);
      const begun: { readonly at: number; readonly size: number }[] = [];
      for (const size of sizes) {
        await wait(size);
        begun.push({ at: now, size });
      }
      for (const [from, first] of begun.entries()) {
        for (const [index, last] of begun.slice(from + 1).entries()) {
          const before = begun.slice(from, from + 1 + index).reduce((sum, { size }) => sum + size, 0);
          expect(before).toBeLessThanOrEqual(((last.at - first.at) / 1000) * perSecond + 1e-6);
        }
      }
    }),
  );
});
