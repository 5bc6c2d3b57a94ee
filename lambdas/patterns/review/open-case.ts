import type { Decision } from '../decision/decision.ts';
import { refusalOf } from '../http/answer.ts';
import type { Deadline } from '../resilience/deadline.ts';
import type { ReviewCase, ReviewPolicy, Verdict } from './case.ts';
import { newCase, type Opening } from './new-case.ts';
import type { ModelPeople } from './parties.ts';
import { type ReferralPolicy, referralReasons } from './referral.ts';
import type { CaseStore } from './store.ts';
import { isOver } from './transitions.ts';

/** Starts the workflow that waits for a case. Starting it again does nothing. */
export type StartWorkflow = (caseId: string, deadline: Deadline) => Promise<void>;

export interface OpenCaseOptions {
  readonly cases: CaseStore;
  readonly startWorkflow: StartWorkflow;
  readonly review: ReviewPolicy;
  readonly referral: ReferralPolicy;
  readonly modelPeople: ModelPeople;
  now(): Date;
}

/** Takes a decision to people where a rule asks for it. @returns the case's id, or undefined if no rule does */
export type OpenCase = (decision: Decision, deadline: Deadline) => Promise<string | undefined>;

/**
 * The port that the decision path calls with every decision, after it is recorded. It may call any number of times:
 * the case is the application's own, and so is its workflow.
 */
export function openCase(options: OpenCaseOptions): OpenCase {
  return async (decision, deadline) => {
    const referredFor = referralReasons(decision, options.referral);
    if (referredFor.length === 0) return undefined;
    const caseId = decision.applicationId;
    const barred = await partiesOf(decision, deadline, options);
    await open({ caseId, decision, referredFor, barred }, deadline, options);
    return caseId;
  };
}

/**
 * Takes a contested decision to people who had no part in it. While a contest is open, another one is the same.
 *
 * @returns the id of the contest's case
 * @throws Refusal 409 while people are still deciding for the first time
 */
export async function openContest(
  decision: Decision,
  statement: string,
  deadline: Deadline,
  options: OpenCaseOptions,
): Promise<string> {
  const barred = new Set(await partiesOf(decision, deadline, options));
  let caseId = decision.applicationId;
  for (let count = 1; ; count += 1) {
    const earlier = await options.cases.read(caseId, deadline);
    if (earlier && count === 1 && !isOver(earlier.reviewed)) {
      throw refusalOf(409, 'undecided', 'applicationId', 'is with a person already', 'wait for the decision');
    }
    // The application's own case need not exist; a contest's that does not is the one to open.
    if (!earlier && count > 1) break;
    if (earlier && count > 1 && !isOver(earlier.reviewed)) break;
    for (const { reviewer } of earlier?.reviewed.opinions ?? []) barred.add(reviewer);
    caseId = `${decision.applicationId}-contest-${count}`;
  }
  await open({ caseId, decision, referredFor: ['contested'], barred: [...barred], statement }, deadline, options);
  return caseId;
}

/**
 * Inserts a case whose right verdict is known, to see whether reviewers look. It looks like any other, and its outcome
 * has no effect on an application.
 */
export async function openKnownCase(
  decision: Decision,
  known: Verdict,
  deadline: Deadline,
  options: OpenCaseOptions,
): Promise<string> {
  const caseId = decision.applicationId;
  const barred = await partiesOf(decision, deadline, options);
  await open({ caseId, decision, referredFor: ['near-threshold'], barred, known }, deadline, options);
  return caseId;
}

async function open(opening: Opening, deadline: Deadline, options: OpenCaseOptions): Promise<void> {
  const reviewed: ReviewCase = newCase(opening, options.now(), options.review);
  await options.cases.create(reviewed, deadline);
  // Also where the case was there: whoever made it may have been cut off before this.
  await options.startWorkflow(reviewed.caseId, deadline);
}

/** Who sent the application, and who made its score what it is. */
async function partiesOf(
  { requestedBy, modelVersion }: Decision,
  deadline: Deadline,
  { modelPeople }: OpenCaseOptions,
): Promise<readonly string[]> {
  const requester = requestedBy === undefined ? [] : [requestedBy];
  return modelVersion === null ? requester : [...requester, ...(await modelPeople(modelVersion, deadline))];
}
