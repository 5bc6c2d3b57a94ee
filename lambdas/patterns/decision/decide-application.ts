import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AuditWriter } from '../audit/append.ts';
import { decisionEntry } from '../audit/entry.ts';
import { isCanary } from '../canary/canary.ts';
import { featuresOf, featuresVersion } from '../features/features.ts';
import type { Mode } from '../modes/mode.ts';
import type { Pseudonymiser } from '../pseudonym/pseudonym.ts';
import type { Received } from '../record/record.ts';
import { type Deadline, OutOfTime, within } from '../resilience/deadline.ts';
import type { OpenCase } from '../review/open-case.ts';
import type { Decision, DecisionPolicy } from './decision.ts';
import type { Keep, KeptFor } from './kept.ts';
import { type Deciders, descend } from './ladder.ts';
import { type Recorded, recordOnce } from './store.ts';

export interface DecideOptions {
  readonly dynamo: DynamoDBClient;
  readonly decisionsTable: string;
  /** Returns when the entry is durable; it comes into the log seconds later. */
  readonly appendEntry: AuditWriter;
  readonly policy: DecisionPolicy;
  readonly deciders: Deciders;
  readonly pseudonym: Pseudonymiser;
  /** How much is decided without people now. */
  mode(deadline: Deadline): Promise<Mode>;
  /** Takes the decision to people where a rule asks for it. */
  readonly openCase: OpenCase;
  /** Keeps an application that is not decided now. */
  readonly keep: Keep;
  now(): Date;
}

/** What became of an application: a decision that holds, or that it is kept and why, or both. */
export interface Dealt {
  readonly recorded?: Recorded;
  readonly kept?: KeptFor;
}

/** Kept back for the writes after the ladder. Milliseconds. */
const writesMs = 3_000;
/** Kept back of that to keep the application if no case can be opened. Milliseconds. */
const keepMs = 1_000;

/**
 * Decides one application by the best rung of the ladder that can, and makes the decision accountable: first in the
 * table, then in the audit log; then it goes to people, if it has to. Where nothing may decide, or people can't be
 * reached, the application is kept and taken up again.
 *
 * It may run any number of times for one application. If it is cut off anywhere, the redelivery finds the decision
 * that holds, and adds the entry or the case that is missing.
 *
 * @throws Error if the time left is not enough to decide and write: a later delivery has more
 */
export async function decideApplication(
  received: Received,
  deadline: Deadline,
  options: DecideOptions,
): Promise<Dealt> {
  const ladderMs = deadline.leftMs() - writesMs;
  if (ladderMs <= 0) throw new OutOfTime();
  const mode = await options.mode(within(deadline, ladderMs));
  if (mode === 'stop') return keep(received, 'stop', deadline, options);
  const recorded = await decideAndRecord(
    received,
    mode,
    within(deadline, deadline.leftMs() - writesMs),
    deadline,
    options,
  );
  await options.appendEntry(decisionEntry(recorded.decision), deadline);
  // A canary waits for nobody.
  if (isCanary(received.application.applicationId)) return { recorded };
  try {
    await options.openCase(recorded.decision, within(deadline, deadline.leftMs() - keepMs));
  } catch {
    // The last rung: nobody can take it now, and the stream need not wait for that.
    return { recorded, ...(await keep(received, 'no-case', deadline, options)) };
  }
  return { recorded };
}

async function decideAndRecord(
  { application, receivedAt, requestedBy }: Received,
  mode: Mode,
  ladder: Deadline,
  deadline: Deadline,
  options: DecideOptions,
): Promise<Recorded> {
  const features = featuresOf(application);
  const verdict = await descend(features, {
    mode,
    deadline: ladder,
    deciders: options.deciders,
    policy: options.policy,
  });
  const decision: Decision = {
    schemaVersion: 2,
    applicationId: application.applicationId,
    ...(requestedBy !== undefined && { requestedBy }),
    ...verdict,
    subject: { applicant: options.pseudonym(application.applicantName) },
    features,
    featuresVersion,
    submittedAt: application.submittedAt,
    receivedAt,
    decidedAt: options.now().toISOString(),
  };
  return recordOnce(options.dynamo, options.decisionsTable, decision, deadline);
}

async function keep(received: Received, kept: KeptFor, deadline: Deadline, options: DecideOptions): Promise<Dealt> {
  await options.keep({ received, kept, keptAt: options.now().toISOString() }, deadline);
  return { kept };
}
