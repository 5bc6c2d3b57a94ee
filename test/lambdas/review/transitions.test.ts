import { describe, expect, test } from 'vitest';
import { digestOf, issueApproval, openApproval } from '../../../lambdas/patterns/review/approval.ts';
import type { ReviewCase, Reviewer } from '../../../lambdas/patterns/review/case.ts';
import {
  askSecondOpinion,
  claim,
  close,
  expire,
  judge,
  referUp,
  release,
} from '../../../lambdas/patterns/review/transitions.ts';
import { ada, ben, hours, judgement, large, minutes, opened, policy, sam } from './support.ts';

const claimed = (by: Reviewer = ada, of: ReviewCase = opened(), at = minutes(0)) => claim(of, by, at, policy);
const reason = (reviewed: ReviewCase) => ({ code: 'other' as const, note: 'why', digest: digestOf(reviewed) });
const staff: Reviewer = { ...ada, staff: 's-17' };
const refusal = (code: string) => expect.objectContaining({ code });

describe('a claim', () => {
  test('keeps everybody else out while it lasts', () => {
    const held = claimed();
    expect(held).toMatchObject({ state: 'claimed', version: 2, claim: { reviewer: 'ada' } });
    expect(() => claim(held, ben, minutes(1), policy)).toThrow(refusal('claimed'));
    expect(() => judge(held, ben, judgement(held), minutes(1), policy)).toThrow(refusal('not-claimed'));
  });

  test('ends for its holder first, and can be taken over when both clocks must have passed it', () => {
    const held = claimed();
    expect(() => judge(held, ada, judgement(held), minutes(20), policy)).toThrow(refusal('lease-over'));
    expect(() => claim(held, ben, minutes(21), policy)).toThrow(refusal('claimed'));
    expect(claim(held, ben, minutes(22), policy).claim?.reviewer).toBe('ben');
  });

  test('can be renewed and given back', () => {
    const renewed = claim(claimed(), ada, minutes(19), policy);
    expect(renewed.claim?.until).toBe(minutes(39).toISOString());
    expect(claim(release(renewed, ada, minutes(20)), ben, minutes(21), policy).claim?.reviewer).toBe('ben');
  });
});

describe('who may decide', () => {
  test.each([
    ['nobody from outside', { id: 'eve', groups: [] }, {}, 'not-a-reviewer'],
    [
      'nobody who makes models, whatever else they are',
      { id: 'mo', groups: ['reviewers', 'model-owners'] },
      {},
      'not-a-reviewer',
    ],
    ['not who decided on it before', ada, { barred: ['ada'] }, 'has-a-part'],
    ['not who sent the application, by their session in a role', staff, { barred: ['AROAX:S-17'] }, 'has-a-part'],
    ['not who sent it, as a user at AWS, however it is written', staff, { barred: ['AIDAX', 's-17'] }, 'has-a-part'],
    ['nobody below the rung', ada, { level: 1 }, 'rung'],
  ])('%s', (_, reviewer, changes, code) => {
    expect(() => claim({ ...opened(), ...changes }, reviewer, minutes(0), policy)).toThrow(refusal(code));
    // Nor whoever came to hold it before that was so.
    const held = { ...claimed(ben), ...changes };
    const theirs = { ...held, claim: { ...(held.claim as NonNullable<ReviewCase['claim']>), reviewer: reviewer.id } };
    expect(() => judge(theirs, reviewer, judgement(theirs), minutes(1), policy)).toThrow(refusal(code));
    expect(() => referUp(theirs, reviewer, reason(theirs), minutes(1), policy)).toThrow(refusal(code));
    expect(() => askSecondOpinion(theirs, reviewer, reason(theirs), minutes(1), policy)).toThrow(refusal(code));
  });

  test('a session in a role bars nobody but the person of its name', () => {
    const barred = { ...opened(), barred: ['AROAX:s-1', 'AROAX:loan-portal', 's-17x'] };
    expect(claim(barred, staff, minutes(0), policy).claim?.reviewer).toBe('ada');
  });

  test('a higher rung may decide what is on a lower one', () => {
    expect(claimed(sam).claim?.reviewer).toBe('sam');
  });
});

describe('a verdict', () => {
  test('decides a small case, and says on what', () => {
    const held = claimed();
    const decided = judge(held, ada, judgement(held, 'decline'), minutes(5), policy);
    expect(decided).toMatchObject({
      state: 'decided',
      claim: null,
      outcome: { verdict: 'decline', by: 'people', at: minutes(5).toISOString() },
      opinions: [{ reviewer: 'ada', verdict: 'decline', digest: digestOf(held) }],
    });
    expect(close(decided).state).toBe('closed');
  });

  test('above the limit takes two people who agree', () => {
    const first = claimed(ada, opened({}, large));
    const half = judge(first, ada, judgement(first), minutes(5), policy);
    expect(half).toMatchObject({ state: 'waiting', outcome: null, level: 0 });
    expect(() => claim(half, ada, minutes(6), policy)).toThrow(refusal('same-eyes'));
    const second = claimed(ben, half, minutes(6));
    expect(judge(second, ben, judgement(second), minutes(7), policy).outcome?.verdict).toBe('approve');
  });

  test('of two who disagree is settled by a third of a higher rung', () => {
    const first = claimed(ada, opened({}, large));
    const half = judge(first, ada, judgement(first), minutes(5), policy);
    const second = claimed(ben, half, minutes(6));
    const split = judge(second, ben, judgement(second, 'decline'), minutes(7), policy);
    expect(split).toMatchObject({ state: 'waiting', outcome: null, level: 1 });
    const third = claimed(sam, split, minutes(8));
    expect(judge(third, sam, judgement(third, 'decline'), minutes(9), policy).outcome?.verdict).toBe('decline');
  });

  test('on what was shown before a change is refused', () => {
    const held = claimed();
    const old = judgement(held);
    const asked = askSecondOpinion(held, ada, reason(held), minutes(2), policy);
    expect(() => judge(asked, ada, old, minutes(3), policy)).toThrow(refusal('changed'));
  });

  test('is refused once the case is due', () => {
    const late = claimed(sam, opened(), hours(23.9));
    expect(() => judge(late, sam, judgement(late), hours(24), policy)).toThrow(refusal('expired'));
  });
});

describe('without a verdict', () => {
  test('a case goes up the ladder, and stops at its top', () => {
    const held = claimed();
    const up = referUp(held, ada, reason(held), minutes(1), policy);
    expect(up).toMatchObject({ level: 1, state: 'waiting', steps: [{ kind: 'referred-up', reviewer: 'ada' }] });
    const hal: Reviewer = { id: 'hal', groups: ['heads-of-credit'] };
    const top = claimed(hal, { ...opened(), level: 2 });
    expect(() => referUp(top, hal, reason(top), minutes(1), policy)).toThrow(refusal('top-of-ladder'));
  });

  test('a second pair of eyes can be asked for, once', () => {
    const held = claimed();
    const asked = askSecondOpinion(held, ada, reason(held), minutes(1), policy);
    expect(asked).toMatchObject({ eyes: 2, state: 'claimed' });
    expect(judge(asked, ada, judgement(asked), minutes(2), policy).state).toBe('waiting');
    expect(() => askSecondOpinion(asked, ada, reason(asked), minutes(2), policy)).toThrow(refusal('two-already'));
  });

  test('nobody in time declines, and never before its time', () => {
    expect(() => expire(opened(), hours(23.9), policy)).toThrow(refusal('not-due'));
    expect(expire(opened(), hours(24), policy).outcome).toEqual({
      verdict: 'decline',
      by: 'expiry',
      at: hours(24).toISOString(),
    });
  });

  test('nothing is closed that is not decided', () => {
    expect(() => close(opened())).toThrow(refusal('undecided'));
  });
});

describe('an approval', () => {
  const key = Buffer.from('a key that never leaves the service');
  const approval = { caseId: 'A-1', reviewer: 'ada', digest: 'what was shown', shownAt: 1 };
  const token = issueApproval(key, approval);

  test('tells what was shown', () => {
    expect(openApproval(key, token, 'A-1', 'ada')).toEqual(approval);
  });

  test.each([
    ['another case', key, token, 'A-2', 'ada'],
    ['another reviewer', key, token, 'A-1', 'ben'],
    ['another key', Buffer.from('guessed'), token, 'A-1', 'ada'],
    ['a changed payload', key, `x${token}`, 'A-1', 'ada'],
    ['a cut signature', key, token.slice(0, -3), 'A-1', 'ada'],
    ['no token', key, '', 'A-1', 'ada'],
  ])('is worth nothing with %s', (_, secret, given, caseId, reviewer) => {
    expect(() => openApproval(secret, given, caseId, reviewer)).toThrow(refusal('approval'));
  });
});
