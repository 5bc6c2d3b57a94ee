import fc from 'fast-check';
import {
  applicationEvent,
  type CountedEvent,
  type Groups,
  outcomeEvent,
} from '../../../lambdas/patterns/online-features/events.ts';
import { type OnlineFeatures, windowDays } from '../../../lambdas/patterns/online-features/windows.ts';
import type { Ending } from '../../../lambdas/patterns/outcome/outcome.ts';
import type { OutcomeVersion } from '../../../lambdas/patterns/outcome/store.ts';

/** A loan as it really went, with everything that was ever told of it. */
export interface Loan {
  readonly applicationId: string;
  readonly groups: Groups;
  readonly submittedAt: string;
  readonly outcomes: readonly OutcomeVersion[];
}

/** A day so many days after 20 December 2003: windows then begin and end around the turn of a month and of a year. */
export function dayAt(offset: number): string {
  return new Date(Date.parse('2003-12-20T00:00:00Z') + offset * 86_400_000).toISOString().slice(0, 10);
}

/** Offsets around the edges of every window, and the same days again and again. */
const offset = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  ...windowDays.map((days) => fc.integer({ min: days - 2, max: days + 2 })),
  fc.integer({ min: 0, max: 1_200 }),
);

const groups: fc.Arbitrary<Groups> = fc.record({
  applicant: fc.constantFrom('p1', 'p2', 'p3'),
  sector: fc.constantFrom('72', '44'),
  state: fc.constantFrom('CA', 'NY'),
});

/** Loans of few groups, whose outcomes happen, become known late, and are corrected later still. */
export const anyLoans: fc.Arbitrary<Loan[]> = fc
  .array(
    fc.record({
      groups,
      submitted: offset,
      endings: fc.array(
        fc.record({
          outcome: fc.constantFrom<Ending>('paid', 'defaulted'),
          later: fc.integer({ min: 0, max: 400 }),
        }),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 12 },
  )
  .map((loans) => loans.map(({ groups, submitted, endings }, index) => loanOf(index, groups, submitted, endings)));

function loanOf(
  index: number,
  groups: Groups,
  submitted: number,
  endings: readonly { readonly outcome: Ending; readonly later: number }[],
): Loan {
  const applicationId = `A-${index}`;
  let known = submitted;
  const outcomes = endings.map(({ outcome, later }, place) => {
    known += later;
    // It happened as early as it can: what leaks would leak then.
    const occurredAt = dayAt(submitted);
    return { applicationId, version: place + 1, outcome, occurredAt, knownAt: dayAt(known), recordedAt: '' };
  });
  return { applicationId, groups, submittedAt: dayAt(submitted), outcomes };
}

/** Everything that is told of loans, in order of nothing. */
export function eventsOf(loans: readonly Loan[]): CountedEvent[] {
  return loans.flatMap((loan) => [
    applicationEvent(loan, loan.groups),
    ...loan.outcomes.map((outcome, index) => outcomeEvent(outcome, loan.outcomes[index - 1], loan.groups)),
  ]);
}

/**
 * The same counts by another way: for each window go through the loans and ask what was known of each before its end,
 * and before its beginning. No buckets, no sums of changes.
 */
export function expectedCounts(loans: readonly Loan[], groups: Groups, day: string): OnlineFeatures {
  const countsOf = (kind: keyof Groups) => {
    const members = loans.filter((loan) => loan.groups[kind] === groups[kind]);
    const entries = windowDays.flatMap((days) => {
      const first = new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
      const change = (known: (loan: Loan, before: string) => boolean) =>
        Math.max(
          0,
          members.filter((loan) => known(loan, day)).length - members.filter((loan) => known(loan, first)).length,
        );
      return [
        [`applications${days}`, change(({ submittedAt }, before) => submittedAt < before)],
        [`paid${days}`, change((loan, before) => believed(loan, before) === 'paid')],
        [`defaulted${days}`, change((loan, before) => believed(loan, before) === 'defaulted')],
      ];
    });
    return Object.fromEntries(entries);
  };
  return { applicant: countsOf('applicant'), sector: countsOf('sector'), state: countsOf('state') };
}

/** How a loan was believed to have ended when a day began. */
function believed({ outcomes }: Loan, before: string): Ending | undefined {
  return outcomes.filter(({ knownAt }) => knownAt < before).at(-1)?.outcome;
}

export const anyDay: fc.Arbitrary<string> = offset.map((each) => dayAt(each));
export const anyGroups = groups;
