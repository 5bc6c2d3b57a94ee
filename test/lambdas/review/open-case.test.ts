import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type OpenCaseOptions,
  openCase,
  openContest,
  openKnownCase,
} from '../../../lambdas/patterns/review/open-case.ts';
import { claim, close, judge } from '../../../lambdas/patterns/review/transitions.ts';
import { ada, anyTime, judgement, memoryCases, minutes, policy, referred, start } from './support.ts';

function world(step?: (label: string) => Promise<unknown>) {
  const cases = memoryCases(step);
  const started: string[] = [];
  const options: OpenCaseOptions = {
    cases: cases.store,
    startWorkflow: async (caseId) => {
      await step?.('start');
      started.push(caseId);
    },
    review: policy,
    referral: { personFrom: 1e9, auditShare: 0 },
    modelPeople: async () => [],
    now: () => start,
  };
  return { ...cases, started, options, open: openCase(options) };
}

test('a referred decision makes one case, with all that a person needs to decide it', async () => {
  const { open, items, started } = world();
  expect(await open(referred(), anyTime)).toBe('A-1');
  expect(started).toEqual(['A-1']);
  expect(items.get('A-1')?.reviewed).toMatchObject({
    caseId: 'A-1',
    state: 'waiting',
    decision: referred(),
    referredFor: ['near-threshold'],
    priority: 1,
    eyes: 1,
    openedAt: start.toISOString(),
    dueAt: '2026-05-06T10:00:00.000Z',
  });
});

test('a decision that stands makes none', async () => {
  const { open, items, started } = world();
  expect(await open(referred({ outcome: 'approved', probability: 0.01, referredFor: null }), anyTime)).toBeUndefined();
  expect([items.size, started]).toEqual([0, []]);
});

test('whoever sent the application, and whoever trained or approved the model, may not decide', async () => {
  const { options, items } = world();
  const open = openCase({ ...options, modelPeople: async (version) => [`trained ${version}`, 'approved it'] });
  await open(referred({ requestedBy: 'ada' }), anyTime);
  const parties = ['ada', 'trained v0123456789ab', 'approved it'];
  expect(items.get('A-1')?.reviewed.barred).toEqual(parties);
  items.delete('A-1');
  await openContest(referred({ requestedBy: 'ada' }), '', anyTime, {
    ...options,
    modelPeople: async () => parties.slice(1),
  });
  expect(items.get('A-1-contest-1')?.reviewed.barred).toEqual(parties);
});

test('a case whose parties can not be told is not opened: one of them might decide it', async () => {
  const { options, items, started } = world();
  const open = openCase({ ...options, modelPeople: () => Promise.reject(new Error('no answer')) });
  await expect(open(referred(), anyTime)).rejects.toThrow('no answer');
  expect([items.size, started]).toEqual([0, []]);
  // Nobody made a score that there is not.
  expect(await open(referred({ modelVersion: null }), anyTime)).toBe('A-1');
});

test('a redelivery finds the case as it is by then, and starts what was not started', async () => {
  const { open, items, started } = world();
  await open(referred(), anyTime);
  const held = claim(items.get('A-1')?.reviewed as never, ada, minutes(1), policy);
  items.set('A-1', { reviewed: held, taskToken: 'token' });
  await open(referred(), anyTime);
  expect(items.get('A-1')?.reviewed).toBe(held);
  expect(started).toEqual(['A-1', 'A-1']);
});

test('deliveries at the same time make one case, however they are cut up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 4 }), async (scheduler, count) => {
      const { open, history } = world((label) => scheduler.schedule(Promise.resolve(), label));
      const deliveries = Array.from({ length: count }, () => open(referred(), anyTime));
      await scheduler.waitFor(Promise.all(deliveries));
      expect(history).toHaveLength(1);
    }),
  );
});

test('a contest goes to people who had no part in the decision; while it is open, another one is the same', async () => {
  const { open, items, options } = world();
  await open(referred(), anyTime);
  const held = claim(items.get('A-1')?.reviewed as never, ada, minutes(1), policy);
  items.set('A-1', { reviewed: close(judge(held, ada, judgement(held), minutes(2), policy)), taskToken: null });

  expect(await openContest(referred(), 'I have paid.', anyTime, options)).toBe('A-1-contest-1');
  expect(await openContest(referred(), 'I have paid.', anyTime, options)).toBe('A-1-contest-1');
  const contest = items.get('A-1-contest-1')?.reviewed;
  expect(contest).toMatchObject({ applicationId: 'A-1', referredFor: ['contested'], priority: 3, barred: ['ada'] });
  expect(contest?.steps).toMatchObject([{ kind: 'contested', reviewer: 'applicant', note: 'I have paid.' }]);

  items.set('A-1-contest-1', {
    reviewed: { ...(contest as never as object), state: 'closed' } as never,
    taskToken: null,
  });
  expect(await openContest(referred(), 'I have paid.', anyTime, options)).toBe('A-1-contest-2');
});

test('what people are still deciding can not be contested yet', async () => {
  const { open, items, options } = world();
  await open(referred(), anyTime);
  await expect(openContest(referred(), '', anyTime, options)).rejects.toMatchObject({ status: 409, code: 'undecided' });
  expect(items.size).toBe(1);
});

test('a decision that never went to a person can be contested too', async () => {
  const { options, items } = world();
  expect(await openContest(referred({ outcome: 'declined' }), '', anyTime, options)).toBe('A-1-contest-1');
  expect(items.get('A-1-contest-1')?.reviewed.barred).toEqual([]);
});

test('a known case is in the queue like any other', async () => {
  const { options, items } = world();
  await openKnownCase(referred(), 'decline', anyTime, options);
  expect(items.get('A-1')?.reviewed).toMatchObject({ known: 'decline', referredFor: ['near-threshold'], priority: 1 });
});
