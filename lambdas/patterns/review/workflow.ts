import {
  ExecutionAlreadyExists,
  InvalidToken,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import type { Deadline } from '../resilience/deadline.ts';
import type { ReviewCase } from './case.ts';
import type { StartWorkflow } from './open-case.ts';
import type { Stored } from './store.ts';

/** Starts the workflow of a case: its name is the case's id, so there is one however often it is started. */
export function startWorkflow(sfn: SFNClient, stateMachineArn: string): StartWorkflow {
  return async (caseId, { signal }) => {
    const start = new StartExecutionCommand({ stateMachineArn, name: caseId, input: JSON.stringify({ caseId }) });
    try {
      await sfn.send(start, { abortSignal: signal });
    } catch (error) {
      // It was started before, and has ended by now.
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  };
}

/**
 * Tells the waiting workflow what has become of its case: that it has to plan anew, or that somebody is at it. What it
 * is not told because its wait has just ended, it sees when it plans, which it does before each wait.
 */
export async function tellWorkflow(
  sfn: SFNClient,
  { reviewed, taskToken }: Stored,
  before: ReviewCase,
  { signal: abortSignal }: Deadline,
): Promise<void> {
  if (taskToken === null) return;
  try {
    if (asksForAPlan(before, reviewed)) {
      await sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }), { abortSignal });
    } else {
      await sfn.send(new SendTaskHeartbeatCommand({ taskToken }), { abortSignal });
    }
  } catch (error) {
    const isPast = error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken;
    if (!isPast) throw error;
  }
}

/** An outcome, or another person who has to be called. */
function asksForAPlan(before: ReviewCase, { outcome, level, opinions }: ReviewCase): boolean {
  return outcome !== null || level !== before.level || opinions.length !== before.opinions.length;
}
