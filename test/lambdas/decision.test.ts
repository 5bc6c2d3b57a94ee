import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explainAbove, judge, thresholdOf } from '../../lambdas/patterns/decision/decision.ts';
import { type Deciders, descend, InvalidAnswer, type Scored } from '../../lambdas/patterns/decision/ladder.ts';
import { mayDecide, type Rung, rungs } from '../../lambdas/patterns/decision/rungs.ts';
import { Corrupt } from '../../lambdas/patterns/model-registry/registry.ts';
import { modes } from '../../lambdas/patterns/modes/mode.ts';
import { BreakerOpen } from '../../lambdas/patterns/resilience/breaker/breaker.ts';
import { type Deadline, OutOfTime } from '../../lambdas/patterns/resilience/deadline.ts';
import { Passing } from '../../lambdas/patterns/resilience/retry.ts';
import { faults } from '../../tools/drill/faults.ts';

const anyPolicy = fc.record({
  costRatio: fc.double({ min: 0.01, max: 1000, noNaN: true }),
  referMargin: fc.double({ min: 0, max: 0.5, noNaN: true }),
});
const anyProbability = fc.double({ min: 0, max: 1, noNaN: true });
const policy = { costRatio: 5, referMargin: 0.02 };
const endless: Deadline = { leftMs: () => 60_000, signal: new AbortController().signal };

describe('a judgement', () => {
  test('five to one is a threshold of a sixth', () => {
    expect(thresholdOf(5)).toBe(1 / 6);
  });

  test('is the one of the lower expected cost', () => {
    fc.assert(
      fc.property(anyProbability, anyPolicy, (probability, { costRatio }) => {
        const { outcome } = judge(probability, { costRatio, referMargin: 0 });
        const [cost, other] = [probability * costRatio, 1 - probability];
        expect(outcome === 'approved' ? cost - other : other - cost).toBeLessThanOrEqual(1e-9 * costRatio);
      }),
    );
  });

  test('is near within the margin and nowhere else', () => {
    fc.assert(
      fc.property(anyProbability, anyPolicy, (probability, given) => {
        const near = Math.abs(probability - thresholdOf(given.costRatio)) < given.referMargin;
        expect(judge(probability, given).near).toBe(near);
      }),
    );
  });
});

/** A rung's answer, or why there is none. */
const anyAnswer = fc.oneof(
  anyProbability.map((probability): Scored | Error => scored(probability)),
  fc.constantFrom<Error>(
    new Passing('down'),
    new InvalidAnswer('no score'),
    new BreakerOpen('it'),
    new Corrupt('file', 'is not it'),
    new OutOfTime(),
    new TypeError('a bug'),
  ),
);
const anyAnswers = fc.record({ model: anyAnswer, scorecard: anyAnswer, rules: anyAnswer });
const anyMode = fc.constantFrom('normal' as const, 'degraded' as const, 'manual' as const);
const anyAmount = fc.oneof(fc.integer({ min: 1, max: 5_000_000 }), fc.constant(null));

function scored(probability: number): Scored {
  const reasons = [{ code: 'R01', feature: 'amount', contribution: 0.3 }];
  return { probability, modelVersion: 'v1', dataSnapshot: 'snapshot', reasons };
}

function decidersOf(answers: Readonly<Record<keyof Deciders, Scored | Error>>): Deciders {
  const decider = (name: keyof Deciders) => async () => {
    const answer = answers[name];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { model: decider('model'), scorecard: decider('scorecard'), rules: decider('rules') };
}

const ruled = (name: string) => rungs.find((rung) => rung.name === name) as Rung;

describe('the ladder', () => {
  test('no rung decides what it may not, in any mode, whatever the rungs answer', async () => {
    await fc.assert(
      fc.asyncProperty(anyAnswers, anyMode, anyAmount, anyPolicy, async (answers, mode, amount, given) => {
        const verdict = await descend(
          { amount },
          { mode, deciders: decidersOf(answers), policy: given, deadline: endless },
        );
        const rung = ruled(verdict.rung);
        expect(rung.modes).toContain(mode);
        expect(mayDecide(rung, verdict.outcome, amount ?? Number.POSITIVE_INFINITY)).toBe(true);
        expect(verdict.referredFor === null).toBe(verdict.outcome !== 'referred');
      }),
    );
  });

  test('it is the best rung that answers: each one above it is named with its reason', async () => {
    await fc.assert(
      fc.asyncProperty(anyAnswers, async (answers) => {
        const verdict = await descend(
          { amount: 1 },
          { mode: 'normal', deciders: decidersOf(answers), policy, deadline: endless },
        );
        const order = ['model', 'scorecard', 'rules', 'person'];
        const answering = order.find((name) => !(answers[name as keyof typeof answers] instanceof Error)) ?? 'person';
        const above = order.slice(0, order.indexOf(answering));
        expect(verdict.why.slice(0, above.length).map(({ rung }) => rung)).toEqual(above);
        expect(verdict.why.length - above.length).toBe(answering !== 'person' && verdict.rung === 'person' ? 1 : 0);
      }),
    );
  });

  test('a decline or a referral of a scored application owes its reasons', async () => {
    await fc.assert(
      fc.asyncProperty(anyProbability, anyPolicy, async (probability, given) => {
        const deciders = decidersOf({ model: scored(probability), scorecard: new Error(), rules: new Error() });
        const verdict = await descend({ amount: 1 }, { mode: 'normal', deciders, policy: given, deadline: endless });
        expect(verdict.reasons.length).toBe(verdict.outcome === 'approved' ? 0 : 1);
        // A hair's breadth for the rounding of the subtraction.
        if (verdict.outcome !== 'approved') expect(probability).toBeGreaterThanOrEqual(explainAbove(given) - 1e-12);
      }),
    );
  });

  test.each<[string, Error, string]>([
    ['is away', new Passing('down'), 'unavailable'],
    ['has an open breaker', new BreakerOpen('model'), 'breaker-open'],
    ['answers nonsense', new InvalidAnswer('?'), 'invalid-answer'],
    ['has no time', new OutOfTime(), 'out-of-time'],
    ['has a fault', new TypeError('?'), 'failed'],
  ])('a model that %s is passed over for that', async (_, failure, why) => {
    const deciders = decidersOf({ model: failure, scorecard: scored(0.01), rules: new Error() });
    const verdict = await descend({ amount: 50_000 }, { mode: 'normal', deciders, policy, deadline: endless });
    expect(verdict).toMatchObject({ outcome: 'approved', rung: 'scorecard', why: [{ rung: 'model', why }] });
  });

  test('the scorecard approves up to its limit and refers above it; the rules never approve', async () => {
    const fail = new Passing('down');
    const only = (rung: 'scorecard' | 'rules') =>
      decidersOf({ model: fail, scorecard: rung === 'scorecard' ? scored(0.01) : fail, rules: scored(0.01) });
    const decide = (rung: 'scorecard' | 'rules', amount: number) =>
      descend({ amount }, { mode: 'normal', deciders: only(rung), policy, deadline: endless });
    expect(await decide('scorecard', 150_000)).toMatchObject({ outcome: 'approved', rung: 'scorecard' });
    expect(await decide('scorecard', 150_001)).toMatchObject({ outcome: 'referred', referredFor: 'beyond-limits' });
    expect(await decide('rules', 1)).toMatchObject({
      outcome: 'referred',
      rung: 'person',
      referredFor: 'beyond-limits',
    });
  });

  test('the mode manual asks no rung at all, degraded does not ask the model', async () => {
    const deciders = decidersOf({ model: scored(0.01), scorecard: scored(0.9), rules: scored(0.9) });
    const inMode = (mode: 'manual' | 'degraded') =>
      descend({ amount: 1 }, { mode, deciders, policy, deadline: endless });
    expect(await inMode('manual')).toMatchObject({ rung: 'person', referredFor: 'manual-mode', probability: null });
    expect(await inMode('degraded')).toMatchObject({
      rung: 'scorecard',
      why: [{ rung: 'model', why: 'mode-degraded' }],
    });
  });

  test('each rung has a drill that takes away all rungs above it, by faults that can be caused', () => {
    expect(rungs.map(({ name, drill }) => [name, ...Object.keys(drill.passesOver)])).toEqual([
      ['model', 'model'],
      ['scorecard', 'model'],
      ['rules', 'model', 'scorecard'],
      ['person', 'model', 'scorecard', 'rules'],
      ['refusal', 'model', 'scorecard', 'rules'],
    ]);
    for (const { name, drill, withinMs } of rungs) {
      expect(drill.faults.length, name).toBeGreaterThan(0);
      expect(Object.keys(faults), name).toEqual(expect.arrayContaining([...drill.faults]));
      expect(withinMs).toBeGreaterThan(0);
    }
  });

  test('every mode has a last rung', () => {
    for (const mode of modes) expect(rungs.at(-1)?.modes).toContain(mode);
  });
});
