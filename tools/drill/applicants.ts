import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import type { Application } from '../../lambdas/patterns/application/application.ts';
import { toRecordData } from '../../lambdas/patterns/record/record.ts';
import { request } from '../../local/start/request.ts';
import type { Platform } from './platform.ts';
import { until } from './until.ts';

/** What `GET /decisions/{applicationId}` tells, as far as a drill looks at it. */
export interface Told {
  readonly outcome: string;
  readonly decidedAt: string;
  readonly decidedBy: {
    readonly rung: string;
    readonly why: readonly { readonly rung: string; readonly why: string }[];
  };
}

/** What the rungs look at, in numbers without a common divisor: which of it the rule asks for is for the training to say. */
const amounts = [5_000, 10_000, 20_000, 40_000, 80_000, 140_000, 200_000, 400_000];
const industries = ['445310', '722110', '238220', '812112', '541410', '621111', '336111'];
const states = ['CA', 'FL', 'NY', 'TX', 'NV'];
const lenderStates = ['CA', 'NC', 'IL'];

/** Enough that every rung finds some to decide. */
const usualCount = 16;

/** Made-up applications that differ in what the rungs look at, with amounts on both sides of the scorecard's limit. */
export function applications(prefix: string, count = usualCount): readonly Application[] {
  return Array.from({ length: count }, (_, index) => {
    const requestedAmount = turn(amounts, index);
    return {
      applicationId: `${prefix}-${index}`,
      submittedAt: '2005-03-01',
      applicantName: `Drill ${prefix} ${index}`,
      city: 'SPRINGFIELD',
      state: turn(states, index),
      zip: '94107',
      lenderName: 'FIRST BANK',
      lenderState: turn(lenderStates, index),
      industryCode: turn(industries, index),
      requestedAmount,
      guaranteedAmount: requestedAmount / 2,
      employees: 4,
      newBusiness: index % 2 === 1,
      jobsCreated: 0,
      jobsRetained: 4,
      franchise: false,
      urbanRural: 'urban',
      revolvingCredit: true,
      lowDocumentation: false,
    };
  });
}

function turn<Value>(values: readonly Value[], index: number): Value {
  return values[index % values.length] as Value;
}

/** Posts an application. @throws Error if it is not taken in */
export async function apply({ api }: Platform, application: Application, signal: AbortSignal): Promise<void> {
  const answer = await request(`${api}/applications`, { method: 'POST', body: JSON.stringify(application), signal });
  if (answer.status !== 202) throw new Error(`the API answered ${answer.status}: ${await answer.text()}`);
}

/** Posts applications, and waits for what each is told. */
export async function decided(
  platform: Platform,
  sent: readonly Application[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Told>> {
  for (const application of sent) await apply(platform, application, signal);
  const answers = sent.map(
    async ({ applicationId }) => [applicationId, await told(platform, applicationId, signal)] as const,
  );
  return new Map(await Promise.all(answers));
}

/** Waits until there is a decision. */
export function told({ api }: Platform, applicationId: string, signal: AbortSignal): Promise<Told> {
  const look = async () => {
    const answer = await request(`${api}/decisions/${applicationId}`, { signal });
    const found = answer.status === 200 ? ((await answer.json()) as Told) : undefined;
    return found?.outcome === 'kept' ? undefined : found;
  };
  return until(`the decision on ${applicationId}`, look, signal);
}

/**
 * Has the stream deliver an application once more, and waits until it has been dealt with: what is put behind it with
 * the same key is decided after it.
 */
export async function redeliver(platform: Platform, application: Application, signal: AbortSignal): Promise<void> {
  const behind = { ...application, applicationId: `${application.applicationId}-behind` };
  for (const each of [application, behind]) {
    const put = new PutRecordCommand({
      StreamName: platform.streamName,
      PartitionKey: application.applicationId,
      Data: toRecordData({ application: each, receivedAt: new Date().toISOString() }),
    });
    await platform.kinesis.send(put, { abortSignal: signal });
  }
  await told(platform, behind.applicationId, signal);
}
