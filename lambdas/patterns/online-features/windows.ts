import type { Groups, Measure } from './events.ts';

/** Lengths of the windows, in days: a quarter, a year, three years. Each ends with the day before the decision's. */
export const windowDays = [90, 365, 1095] as const;

const measures: readonly Measure[] = ['applications', 'paid', 'defaulted'];

/** Counts of one group, by measure and length of the window, such as `defaulted365`. */
export type Counts = Readonly<Record<`${Measure}${(typeof windowDays)[number]}`, number>>;

/** Counts of the three groups of an application. */
export type OnlineFeatures = Readonly<Record<keyof Groups, Counts>>;

/** The counts of one group in one month: attributes by source (`s` the stream, `h` the history), measure and day, such as `sd07`. */
export interface MonthItem {
  /** YYYY-MM. */
  readonly month: string;
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * What the back-fill's items have behind the month: its items are put whole, over and over, and never meet those that the
 * stream adds to. They sort between that month's and the next month's.
 */
export const ofHistory = '#h';

const letters = { applications: 'a', paid: 'p', defaulted: 'd' } as const;
const attribute = /^[sh]([apd])(\d\d)$/;

/** The attribute of a month's item that holds the stream's count of one measure on one day. */
export function attributeOf(measure: Measure, day: string): string {
  return `s${letters[measure]}${day.slice(8)}`;
}

/** The month of a day: the sort key of its item. */
export function monthOf(day: string): string {
  return day.slice(0, 7);
}

/** First and last month that the longest window of a day reads. */
export function monthsBefore(day: string): readonly [from: string, to: string] {
  return [monthOf(daysBefore(day, windowDays[windowDays.length - 1] as number)), monthOf(daysBefore(day, 1))];
}

/**
 * The counts of one group as they were known when `day` began.
 *
 * What happened on the day itself is left out, since nobody can tell what of it came first; so is whatever a later day
 * brought, although the items may hold it. Corrections may outweigh what a window holds: a count is never below 0.
 *
 * @param items of one group, in any order; those outside of the windows do no harm
 * @param day of the decision, YYYY-MM-DD
 */
export function countsBefore(items: readonly MonthItem[], day: string): Counts {
  const days = items.flatMap(daysOf);
  const entries = windowDays.flatMap((length) => {
    const first = daysBefore(day, length);
    const inside = days.filter((each) => each.day >= first && each.day < day);
    return measures.map((measure) => [`${measure}${length}`, Math.max(0, sum(inside, measure))] as const);
  });
  return Object.fromEntries(entries) as Counts;
}

interface DayCount {
  readonly day: string;
  readonly letter: string;
  readonly count: number;
}

function daysOf({ month, counts }: MonthItem): DayCount[] {
  return Object.entries(counts).flatMap(([name, count]) => {
    const [, letter, day] = attribute.exec(name) ?? [];
    return letter && day ? [{ day: `${month}-${day}`, letter, count }] : [];
  });
}

function sum(days: readonly DayCount[], measure: Measure): number {
  return days.reduce((total, { letter, count }) => (letter === letters[measure] ? total + count : total), 0);
}

function daysBefore(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}
