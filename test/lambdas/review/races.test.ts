import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Refusal } from '../../../lambdas/patterns/http/answer.ts';
import { digestOf } from '../../../lambdas/patterns/review/approval.ts';
import type { Reviewer } from '../../../lambdas/patterns/review/case.ts';
import { planOf } from '../../../lambdas/patterns/review/ladder.ts';
import { CaseChanged } from '../../../lambdas/patterns/review/store.ts';
import { claim, judge, referUp } from '../../../lambdas/patterns/review/transitions.ts';
import { ada, after, anyTime, ben, judgement, large, memoryCases, opened, policy, sam, start } from './support.ts';

// Everything that happens to one case, in every order: each call to the store is a step that the scheduler lets go
// when it likes, and the time jumps between the steps.

type Action = 'claim' | 'judge' | 'replay' | 'refer up';

interface Actor {
  readonly reviewer: Reviewer;
  /** How far this actor's clock is from the true time. Milliseconds. */
  readonly skewMs: number;
  readonly actions: readonly Action[];
}

const action = fc.constantFrom<Action>('claim', 'claim', 'judge', 'judge', 'replay', 'refer up');
const actor = (reviewer: Reviewer, mostSkewMs: number): fc.Arbitrary<Actor> =>
  fc.record({
    reviewer: fc.constant(reviewer),
    skewMs: fc.integer({ min: -mostSkewMs, max: mostSkewMs }),
    actions: fc.array(action, { minLength: 2, maxLength: 6 }),
  });
const jumps = fc.array(fc.integer({ min: 0, max: 9 * 3_600_000 }), { maxLength: 6 });

interface World {
  readonly actors: readonly Actor[];
  readonly jumps: readonly number[];
  readonly isLarge: boolean;
}

const world = (mostSkewMs: number): fc.Arbitrary<World> =>
  fc.record({
    actors: fc.tuple(actor(ada, mostSkewMs), actor(ben, mostSkewMs), actor(sam, mostSkewMs)),
    jumps,
    isLarge: fc.boolean(),
  });

async function run({ actors, jumps: times, isLarge }: World, scheduler: fc.Scheduler, barred: readonly string[] = []) {
  const cases = memoryCases((label) => scheduler.schedule(Promise.resolve(), label));
  const first = opened({ barred }, isLarge ? large : {});
  cases.items.set('A-1', { reviewed: first, taskToken: null });
  cases.history.push(first);
  const done: Action[] = [];
  let trueTime = start.getTime();

  const attempt = async ({ reviewer, skewMs }: Actor, what: Action, used: string[]) => {
    const now = () => new Date(trueTime + skewMs);
    const stored = await cases.store.read('A-1', anyTime);
    if (!stored) throw new Error('the case is gone');
    const { reviewed } = stored;
    const digest = what === 'replay' ? (used[0] ?? 'none') : digestOf(reviewed);
    const said = { code: 'other' as const, note: '', digest, lookedMs: 1 };
    const next = {
      claim: () => claim(reviewed, reviewer, now(), policy),
      judge: () => judge(reviewed, reviewer, { ...said, verdict: 'approve' }, now(), policy),
      replay: () => judge(reviewed, reviewer, { ...said, verdict: 'decline' }, now(), policy),
      'refer up': () => referUp(reviewed, reviewer, said, now(), policy),
    }[what]();
    await cases.store.replace({ reviewed: next, taskToken: null }, anyTime);
    if (what !== 'claim') used.push(digest);
    done.push(what);
  };
  const lives = actors.map(async (each) => {
    const used: string[] = [];
    for (const what of each.actions) await attempt(each, what, used).catch(expected);
  });
  const workflow = (async () => {
    for (const jump of times) {
      await scheduler.schedule(Promise.resolve(), 'time passes');
      trueTime += jump;
      const stored = await cases.store.read('A-1', anyTime);
      if (!stored) throw new Error('the case is gone');
      const { reviewed } = planOf(stored.reviewed, new Date(trueTime), policy);
      if (reviewed !== stored.reviewed)
        await cases.store.replace({ reviewed, taskToken: null }, anyTime).catch(expected);
    }
  })();
  await scheduler.waitFor(Promise.all([...lives, workflow]));
  return { history: cases.history, done };
}

/** Being refused, and coming second, are what a race is about; anything else is a fault. */
function expected(error: unknown): void {
  if (!(error instanceof Refusal || error instanceof CaseChanged)) throw error;
}

const wild = 48 * 3_600_000;

test.each([
  ['clocks that differ as far as they may', policy.clockSkewMs],
  ['clocks that differ by two days', wild],
])('whoever comes first, a case has one outcome, by enough people who agree: %s', async (_, skew) => {
  await fc.assert(
    fc.asyncProperty(world(skew), fc.scheduler(), async (given, scheduler) => {
      const { history } = await run(given, scheduler);
      expect(history.map(({ version }) => version)).toEqual(history.map((__, index) => index + 1));
      const outcomes = new Set(history.map(({ outcome }) => outcome).filter((outcome) => outcome !== null));
      expect(outcomes.size).toBeLessThanOrEqual(1);
      for (const { outcome, opinions, eyes } of history) {
        expect(new Set(opinions.map(({ reviewer }) => reviewer)).size).toBe(opinions.length);
        expect(new Set(opinions.map(({ digest }) => digest)).size).toBe(opinions.length);
        if (outcome?.by !== 'people') continue;
        expect(opinions.filter(({ verdict }) => verdict === outcome.verdict).length).toBeGreaterThanOrEqual(eyes);
      }
    }),
    { numRuns: 500 },
  );
});

test('who sent the application or released the model never has a say, however they race', async () => {
  let opinionsOfOthers = 0;
  await fc.assert(
    fc.asyncProperty(world(policy.clockSkewMs), fc.scheduler(), async (given, scheduler) => {
      const { history } = await run(given, scheduler, ['AROAX:s-2', 'sam']);
      for (const { claim: held, opinions, steps } of history) {
        const acted = [
          held?.reviewer,
          ...opinions.map(({ reviewer }) => reviewer),
          ...steps.map(({ reviewer }) => reviewer),
        ];
        expect(acted).not.toContain('ben');
        expect(acted).not.toContain('sam');
        opinionsOfOthers += opinions.length;
      }
    }),
    { numRuns: 300 },
  );
  expect(opinionsOfOthers).toBeGreaterThan(10);
});

test('while clocks differ as little as they may, nobody takes a case over that its holder could still decide', () => {
  const skew = fc.integer({ min: -policy.clockSkewMs, max: policy.clockSkewMs });
  const around = fc.integer({ min: -5 * policy.clockSkewMs, max: 5 * policy.clockSkewMs });
  const found = { takenOver: 0, kept: 0 };
  fc.assert(
    fc.property(skew, skew, around, (holders, others, offset) => {
      const held = claim(opened(), ada, after(holders), policy);
      const trueTime = policy.leaseMs + offset;
      const takeOver = () => claim(held, ben, after(trueTime + others), policy);
      const decide = () => judge(held, ada, judgement(held), after(trueTime + holders), policy);
      const [takenOver, decided] = [succeeds(takeOver), succeeds(decide)];
      expect(takenOver && decided).toBe(false);
      found[takenOver ? 'takenOver' : 'kept'] += 1;
    }),
    { numRuns: 2_000 },
  );
  expect(Math.min(found.takenOver, found.kept)).toBeGreaterThan(100);
});

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch (error) {
    expected(error);
    return false;
  }
}

test('a used approval is worth nothing, however the rest falls out', async () => {
  await fc.assert(
    fc.asyncProperty(world(policy.clockSkewMs), fc.scheduler(), async (given, scheduler) => {
      const { done } = await run(given, scheduler);
      expect(done).not.toContain('replay');
    }),
    { numRuns: 500 },
  );
});

test('expiry against a decision in the last moment: one of the two, never both', async () => {
  const found = { people: 0, expiry: 0 };
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: -2, max: 2 }), async (scheduler, edge) => {
      const due = start.getTime() + 24 * 3_600_000;
      const cases = memoryCases((label) => scheduler.schedule(Promise.resolve(), label));
      const held = claim(opened(), sam, new Date(due - 60_000), policy);
      cases.items.set('A-1', { reviewed: held, taskToken: null });
      const reviewed = async () => (await cases.store.read('A-1', anyTime))?.reviewed ?? held;
      const person = async () => {
        const seen = await reviewed();
        const said = {
          verdict: 'approve' as const,
          code: 'other' as const,
          note: '',
          digest: digestOf(seen),
          lookedMs: 1,
        };
        const next = judge(seen, sam, said, new Date(due + edge), policy);
        await cases.store.replace({ reviewed: next, taskToken: null }, anyTime);
      };
      const workflow = async () => {
        const seen = await reviewed();
        const next = planOf(seen, new Date(due), policy).reviewed;
        if (next !== seen) await cases.store.replace({ reviewed: next, taskToken: null }, anyTime);
      };
      await scheduler.waitFor(Promise.all([person().catch(expected), workflow().catch(expected)]));
      const outcome = cases.items.get('A-1')?.reviewed.outcome;
      expect(outcome).not.toBeNull();
      if (outcome) found[outcome.by] += 1;
    }),
    { numRuns: 500 },
  );
  expect(found.people).toBeGreaterThan(0);
  expect(found.expiry).toBeGreaterThan(0);
});
