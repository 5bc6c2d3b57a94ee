import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { isCanary } from '../canary/canary.ts';
import { recordsOf, recordsOfDay } from '../day-index/day-index.ts';
import type { Decision } from '../decision/decision.ts';
import type { OutcomeVersion } from '../outcome/store.ts';
import type { Deadline } from '../resilience/deadline.ts';
import type { VersionReference } from './reference.ts';
import { type StateStore, writeSums } from './state.ts';
import {
  addDecision,
  addOutcome,
  type DecisionSums,
  isModelsLoan,
  noDecisions,
  noOutcomes,
  type OutcomeSums,
  type Part,
  partOf,
} from './sums.ts';

export interface AddUpOptions {
  readonly dynamo: DynamoDBClient;
  readonly decisionsTable: string;
  readonly outcomesTable: string;
  readonly state: StateStore;
  /** What was normal for a version; undefined if it was registered without. */
  referenceOf(version: string): Promise<VersionReference | undefined>;
}

/**
 * Adds up what was decided and what became known on a day. It may be run any number of times, and leaves the same as if
 * it had been run once, at the end of the day.
 *
 * @param day YYYY-MM-DD, UTC
 */
export async function addUpDay(day: string, deadline: Deadline, options: AddUpOptions): Promise<void> {
  await addUpDecisions(day, deadline, options);
  await addUpOutcomes(day, deadline, options);
}

async function addUpDecisions(day: string, deadline: Deadline, options: AddUpOptions): Promise<void> {
  const parts = new Map<string, Part & { readonly of: 'decisions'; readonly sums: DecisionSums }>();
  for await (const decisions of recordsOfDay<Decision>(options.dynamo, options.decisionsTable, day, deadline)) {
    for (const decision of decisions.filter(({ applicationId }) => !isCanary(applicationId))) {
      const part = partOf(decision, day);
      const key = `${part.month}/${part.version}`;
      const kept = parts.get(key) ?? { ...part, of: 'decisions' as const, sums: noDecisions() };
      parts.set(key, kept);
      addDecision(kept.sums, decision, part.version === 'none' ? undefined : await options.referenceOf(part.version));
    }
  }
  for (const kept of parts.values()) await writeSums(options.state, kept, deadline);
}

async function addUpOutcomes(day: string, deadline: Deadline, options: AddUpOptions): Promise<void> {
  const parts = new Map<string, Part & { readonly of: 'outcomes'; readonly sums: OutcomeSums }>();
  for await (const outcomes of recordsOfDay<OutcomeVersion>(options.dynamo, options.outcomesTable, day, deadline)) {
    const decisions = await decisionsOf(outcomes, deadline, options);
    const add = (outcome: OutcomeVersion, sign: 1 | -1) => {
      const decision = decisions.get(outcome.applicationId);
      if (!decision || !isModelsLoan(decision)) return;
      const part = partOf(decision, day);
      const key = `${part.month}/${part.version}`;
      const kept = parts.get(key) ?? { ...part, of: 'outcomes' as const, sums: noOutcomes() };
      parts.set(key, kept);
      addOutcome(kept.sums, outcome, decision, sign);
    };
    for (const outcome of outcomes) add(outcome, 1);
    for (const replaced of await replacedBy(outcomes, deadline, options)) add(replaced, -1);
  }
  for (const kept of parts.values()) await writeSums(options.state, kept, deadline);
}

async function decisionsOf(
  outcomes: readonly OutcomeVersion[],
  deadline: Deadline,
  { dynamo, decisionsTable }: AddUpOptions,
): Promise<Map<string, Decision>> {
  const ids = new Set(outcomes.map(({ applicationId }) => applicationId));
  const keys = [...ids].map((id) => ({ applicationId: { S: id } }));
  const decisions = await recordsOf<Decision>(dynamo, decisionsTable, keys, deadline);
  return new Map(decisions.map((decision) => [decision.applicationId, decision]));
}

/** The versions that corrections took the place of, taken back on the day on which the mistake was known. */
async function replacedBy(
  outcomes: readonly OutcomeVersion[],
  deadline: Deadline,
  { dynamo, outcomesTable }: AddUpOptions,
): Promise<OutcomeVersion[]> {
  const corrections = new Map(
    outcomes.filter(({ version }) => version > 1).map((each) => [`${each.applicationId}/${each.version - 1}`, each]),
  );
  const keys = [...corrections.values()].map(({ applicationId, version }) => ({
    applicationId: { S: applicationId },
    version: { N: String(version - 1) },
  }));
  const replaced = await recordsOf<OutcomeVersion>(dynamo, outcomesTable, keys, deadline);
  return replaced.map((each) => ({
    ...each,
    knownAt: corrections.get(`${each.applicationId}/${each.version}`)?.knownAt ?? each.knownAt,
  }));
}
