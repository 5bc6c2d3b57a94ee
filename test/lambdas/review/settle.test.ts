import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AuditEntry, parseEntry } from '../../../lambdas/patterns/audit/entry.ts';
import type { ReviewCase } from '../../../lambdas/patterns/review/case.ts';
import { type Decided, settleCase } from '../../../lambdas/patterns/review/settle.ts';
import { claim, expire, judge } from '../../../lambdas/patterns/review/transitions.ts';
import { ada, anyTime, hours, judgement, memoryCases, minutes, opened, policy } from './support.ts';

function decided(verdict: 'approve' | 'decline', of = opened()): ReviewCase {
  const held = claim(of, ada, minutes(1), policy);
  return judge(held, ada, { ...judgement(held, verdict), note: 'Zebedee told me' }, minutes(5), policy);
}

/** A world in which each effect is done once by its name, and in which any step may be cut off, before or after. */
function world(reviewed: ReviewCase, cuts: readonly ('before' | 'after' | 'none')[] = []) {
  const cases = memoryCases(async (label) => (label === 'replace' ? cut('close') : undefined));
  cases.items.set(reviewed.caseId, { reviewed, taskToken: 'token' });
  const entries = new Map<string, AuditEntry>();
  const held = new Map<string, Decided>();
  const order: string[] = [];
  let step = 0;
  async function cut(what: string, work: () => void = () => undefined) {
    const fate = cuts[step++] ?? 'none';
    if (fate === 'before') throw new Error('cut off');
    work();
    order.push(what);
    if (fate === 'after') throw new Error('cut off');
  }
  const options = {
    cases: cases.store,
    audit: (entry: AuditEntry) => cut('audit', () => entries.set(`${entry.type}/${entry.id}`, parseEntry(entry))),
    hold: (version: Decided) => cut('hold', () => held.set(version.caseId, version)),
  };
  return { settle: () => settleCase(reviewed.caseId, anyTime, options), entries, held, order, items: cases.items };
}

describe('an outcome', () => {
  test('is in the audit trail before it has its effect, and then the case is closed', async () => {
    const { settle, order, items, held } = world(decided('decline'));
    expect(await settle()).toMatchObject({ state: 'closed' });
    expect(order).toEqual(['audit', 'hold', 'close']);
    expect(items.get('A-1')).toMatchObject({ reviewed: { state: 'closed' }, taskToken: null });
    expect(held.get('A-1')).toMatchObject({ outcome: 'declined', rung: 'person', override: false, reviewers: ['ada'] });
  });

  test('against the model is told of as an override too, in both directions', async () => {
    const against = world(decided('approve'));
    await against.settle();
    expect([...against.entries.keys()]).toEqual(['review/A-1', 'override/A-1']);
    expect(against.entries.get('override/A-1')).toMatchObject({ from: 'declined', to: 'approved', by: 'ada' });
    const other = world(decided('decline', opened({}, { probability: 0.16 })));
    await other.settle();
    expect(other.entries.get('override/A-1')).toMatchObject({ from: 'approved', to: 'declined' });
  });

  test('of nobody is told of as that', async () => {
    const { settle, entries, held } = world(expire(opened(), hours(24), policy));
    await settle();
    expect(entries.get('review/A-1')).toMatchObject({ by: 'expiry', reason: 'nobody decided in time' });
    expect(held.get('A-1')).toMatchObject({ outcome: 'declined', rung: 'expiry', reviewers: [] });
  });

  test('of an inserted case has no effect', async () => {
    const { settle, entries, held, order } = world(decided('decline', opened({ known: 'approve' })));
    await settle();
    expect(order).toEqual(['audit', 'close']);
    expect(entries.get('review/A-1')).toMatchObject({ inserted: true });
    expect(held.size).toBe(0);
  });

  test('takes no word of a note with it', async () => {
    const { settle, entries, held } = world(decided('approve'));
    await settle();
    expect(JSON.stringify([...entries.values(), ...held.values()])).not.toContain('Zebedee');
  });

  test('that there is not can have no effect', async () => {
    const { settle, order } = world(opened());
    await expect(settle()).rejects.toMatchObject({ code: 'undecided' });
    expect(order).toEqual([]);
  });
});

test('wherever it is cut off, the next runs bring it to its end, each step once and in order', async () => {
  const fates = fc.array(fc.constantFrom('before' as const, 'after' as const, 'none' as const), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(fates, async (cuts) => {
      const { settle, entries, held, order, items } = world(decided('approve'), cuts);
      for (let run = 0; run <= cuts.length + 1; run += 1) await settle().catch(() => undefined);
      expect(items.get('A-1')?.reviewed).toMatchObject({ state: 'closed', version: 4 });
      expect([entries.size, held.size]).toEqual([2, 1]);
      expect(order.indexOf('hold')).toBeGreaterThan(order.indexOf('audit'));
      expect(order.indexOf('close')).toBeGreaterThan(order.indexOf('hold'));
    }),
  );
});
