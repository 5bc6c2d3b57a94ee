import { PublishCommand } from '@aws-sdk/client-sns';
import type { Context } from 'aws-lambda';
import { dynamoClient, sfnClient, snsClient } from '../patterns/clients/clients.ts';
import { type Deadline, deadlineOf } from '../patterns/resilience/deadline.ts';
import type { ReviewCase } from '../patterns/review/case.ts';
import { dynamoCases } from '../patterns/review/store.ts';
import { isOver, touch } from '../patterns/review/transitions.ts';
import { tellWorkflow } from '../patterns/review/workflow.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to say what failed. Milliseconds. */
const reserveMs = 500;

const environment = parseEnvironment();
const sns = snsClient();
const sfn = sfnClient();
const cases = dynamoCases(dynamoClient(), environment.CASES_TABLE);

/** One wait of a case's workflow. */
interface Wait {
  readonly caseId: string;
  readonly taskToken: string;
}

/** Keeps the token by which a person's verdict lets the workflow go on, and tells the case's rung that it waits. */
export async function handler({ caseId, taskToken }: Wait, context: Context): Promise<void> {
  const deadline = deadlineOf(context, reserveMs);
  const stored = await cases.read(caseId, deadline);
  if (!stored) throw new Error(`there is no case ${caseId}`);
  const { reviewed } = stored;
  // Somebody decided it since it was planned.
  if (isOver(reviewed)) return tellWorkflow(sfn, { reviewed, taskToken }, reviewed, deadline);
  await cases.replace({ reviewed: touch(reviewed), taskToken }, deadline);
  await notify(reviewed, deadline);
}

/** Says that a case waits, and for whom; of what is in it, nothing. */
async function notify({ caseId, level, priority, dueAt }: ReviewCase, { signal }: Deadline): Promise<void> {
  await sns.send(
    new PublishCommand({
      TopicArn: environment.NOTIFICATIONS_TOPIC_ARN,
      Subject: 'A case waits for review',
      Message: JSON.stringify({ caseId, level, priority, dueAt }),
      MessageAttributes: {
        level: { DataType: 'Number', StringValue: String(level) },
        priority: { DataType: 'Number', StringValue: String(priority) },
      },
    }),
    { abortSignal: signal },
  );
}
