import type { Application } from '../application/application.ts';
import type { Decision } from '../decision/decision.ts';
import type { OutcomeVersion } from '../outcome/store.ts';

/** What is counted. */
export type Measure = 'applications' | 'paid' | 'defaulted';

/** What it is counted for: the applicant (a pseudonym), the industry (first two digits of NAICS) and the region. */
export interface Groups {
  readonly applicant: string;
  readonly sector: string;
  readonly state: string;
}

/** One count of one group that changes on the day on which the bank learns of it. */
export interface Change {
  /** Kind of group and group, such as `state#CA`. */
  readonly entity: string;
  readonly measure: Measure;
  /** YYYY-MM-DD. */
  readonly day: string;
  readonly by: 1 | -1;
}

/** Something that happened and is counted once, however often it is delivered. */
export interface CountedEvent {
  /** The same at every delivery. */
  readonly id: string;
  readonly changes: readonly Change[];
}

/** Groups of an application. */
export function groupsOf({ industryCode, state }: Application, applicant: string): Groups {
  return { applicant, sector: industryCode.slice(0, 2), state };
}

/** Groups of an application that was decided: the decision's record has them as features. */
export function groupsOfDecision({ features, subject }: Decision): Groups {
  return { applicant: subject.applicant, sector: String(features['sector']), state: String(features['state']) };
}

/** The keys under which a group's counts are kept. */
export function entitiesOf({ applicant, sector, state }: Groups): Readonly<Record<keyof Groups, string>> {
  return { applicant: `applicant#${applicant}`, sector: `sector#${sector}`, state: `state#${state}` };
}

/** An application counts from the day after it was submitted. */
export function applicationEvent(
  { applicationId, submittedAt }: Pick<Application, 'applicationId' | 'submittedAt'>,
  groups: Groups,
): CountedEvent {
  return { id: `application/${applicationId}`, changes: changesOf(groups, 'applications', submittedAt, 1) };
}

/**
 * An outcome counts from the day after the bank knew it. A correction takes back, on the day on which the mistake was
 * known, what had been counted: what was believed before stays as it was believed.
 *
 * @param corrected the version that this one corrects
 */
export function outcomeEvent(
  outcome: OutcomeVersion,
  corrected: OutcomeVersion | undefined,
  groups: Groups,
): CountedEvent {
  const id = `outcome/${outcome.applicationId}/${outcome.version}`;
  if (corrected?.outcome === outcome.outcome) return { id, changes: [] };
  const taken = corrected ? changesOf(groups, corrected.outcome, outcome.knownAt, -1) : [];
  return { id, changes: [...taken, ...changesOf(groups, outcome.outcome, outcome.knownAt, 1)] };
}

function changesOf(groups: Groups, measure: Measure, day: string, by: 1 | -1): Change[] {
  return Object.values(entitiesOf(groups)).map((entity) => ({ entity, measure, day, by }));
}
