import { type GroupKind, groupKinds } from './group-kinds.ts';
import type { Kept } from './state.ts';

/** Rates of fewer than so many say nothing of a group. */
const leastMembers = 50;

/** Difference between the group with the highest and the one with the lowest rate, in percentage points. */
export interface Gap {
  readonly points: number;
  readonly highest: string;
  readonly lowest: string;
}

/** By kind of group; a kind in which fewer than two groups have enough members is left out. */
export interface Gaps {
  /** Of approvals among decisions. */
  readonly approved: Readonly<Partial<Record<GroupKind, Gap>>>;
  /** Of defaults among the model's loans that are old enough to judge. */
  readonly defaulted: Readonly<Partial<Record<GroupKind, Gap>>>;
}

/**
 * How differently groups of applicants are treated, and how differently the model errs on them.
 *
 * @param recent what was decided lately
 * @param old sums of applications that are old enough to judge
 */
export function gapsOf(recent: readonly Kept[], old: readonly Kept[]): Gaps {
  const decided = decisionsByGroup(recent);
  const loans = decisionsByGroup(old);
  const defaults = new Map<string, number>();
  for (const each of old) {
    if (each.of !== 'outcomes') continue;
    for (const [group, more] of Object.entries(each.sums.groups))
      defaults.set(group, (defaults.get(group) ?? 0) + more);
  }
  return {
    approved: byKind([...decided].map(([group, [all, approved]]) => [group, approved, all])),
    defaulted: byKind([...loans].map(([group, [, , count]]) => [group, defaults.get(group) ?? 0, count])),
  };
}

function decisionsByGroup(kept: readonly Kept[]): Map<string, readonly [number, number, number]> {
  const found = new Map<string, readonly [number, number, number]>();
  for (const each of kept) {
    if (each.of !== 'decisions') continue;
    for (const [group, [decided, approved, loans]] of Object.entries(each.sums.groups)) {
      const [a, b, c] = found.get(group) ?? [0, 0, 0];
      found.set(group, [a + decided, b + approved, c + loans]);
    }
  }
  return found;
}

function byKind(counts: readonly (readonly [group: string, part: number, whole: number])[]): Gaps['approved'] {
  const rates = counts
    .filter(([, , whole]) => whole >= leastMembers)
    .map(([group, part, whole]) => ({ group, rate: (100 * part) / whole }))
    .toSorted((a, b) => a.rate - b.rate);
  const gaps = groupKinds.flatMap((kind) => {
    const within = rates.filter(({ group }) => group.startsWith(`${kind}/`));
    const [lowest, highest] = [within.at(0), within.at(-1)];
    if (!lowest || !highest || within.length < 2) return [];
    return [[kind, { points: highest.rate - lowest.rate, highest: highest.group, lowest: lowest.group }] as const];
  });
  return Object.fromEntries(gaps);
}
