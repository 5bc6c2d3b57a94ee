import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { Answer } from '../../lambdas/drift/handler.ts';
import { limiter } from '../../lambdas/patterns/concurrency/limiter.ts';
import { parseModeAddress } from '../../lambdas/patterns/modes/address.ts';
import { presentMode } from '../../lambdas/patterns/modes/present-mode.ts';
import type { Clients } from './aws.ts';
import type { Decision } from './decisions.ts';
import { Failure } from './failure.ts';
import type { StackOutputs } from './outputs.ts';
import type { Ending } from './replay.ts';
import { request } from './request.ts';
import { say } from './say.ts';

/** What became known of the loans, and what the drift monitor made of it. */
export interface Watched extends Pick<Answer, 'ring' | 'drifted' | 'observed' | 'expected'> {
  /** Last day on which an outcome that was sent had become known: YYYY-MM-DD. */
  readonly until: string;
  readonly sent: number;
  readonly refused: number;
  /** The mode of deciding afterwards. */
  readonly mode: string;
}

export interface ReplayOutcomesOptions {
  readonly endings: ReadonlyMap<string, Ending>;
  readonly decisions: readonly Decision[];
  /** The day of the last application: YYYY-MM-DD. */
  readonly last: string;
  readonly api: string;
  readonly outputs: StackOutputs;
  readonly clients: Clients;
  readonly signal: AbortSignal;
}

/** Requests in flight. */
const concurrency = 8;

/**
 * Sends what became known of the decided applications' loans up to a year after the last application, in the order in
 * which it did, and lets the drift monitor judge. It judges each month by what was known at its end, so that it finds now
 * what it would have found then.
 *
 * This follows the applications: all of them were decided in minutes, before any of these outcomes was known.
 */
export async function replayOutcomes(options: ReplayOutcomesOptions): Promise<Watched> {
  const { endings, decisions, last, outputs, clients, signal } = options;
  const until = `${Number(last.slice(0, 4)) + 1}-12-31`;
  const due = decisions
    .flatMap(({ applicationId }) => {
      const ending = endings.get(applicationId);
      return ending && ending.knownAt <= until ? [{ applicationId, ...ending }] : [];
    })
    .toSorted((a, b) => a.knownAt.localeCompare(b.knownAt));
  say('outcomes', `Sending ${due.length} outcomes that became known until ${until}`);
  const inTurn = limiter(concurrency);
  const recorded = await Promise.all(due.map((each) => inTurn(() => isRecorded(each, options))));
  const { ring, drifted, observed, expected } = await look(`${Number(until.slice(0, 4)) + 1}-01-01`, options);
  const mode = (await presentMode(clients.appConfigData, parseModeAddress(outputs.modes), signal))?.mode ?? 'unknown';
  const rang = ring ? `rings at the end of ${ring.month}` : 'is quiet';
  say('outcomes', `The monitor of outcomes ${rang}; the mode is ${mode}`);
  const refused = recorded.filter((held) => !held).length;
  return { until, sent: due.length, refused, ring, drifted, observed, expected, mode };
}

async function isRecorded(
  { defaulted, ...rest }: Ending & { readonly applicationId: string },
  { api, signal }: ReplayOutcomesOptions,
): Promise<boolean> {
  const body = JSON.stringify({ ...rest, outcome: defaulted ? 'defaulted' : 'paid' });
  const limited = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
  const { status } = await request(`${api}/outcomes`, { method: 'POST', body, signal: limited });
  return status === 201 || status === 200;
}

/** @throws Failure with what the monitor says if it fails */
async function look(asOf: string, { outputs, clients, signal }: ReplayOutcomesOptions): Promise<Answer> {
  const command = new InvokeCommand({ FunctionName: outputs.driftFunction, Payload: JSON.stringify({ asOf }) });
  const { Payload, FunctionError } = await clients.lambda.send(command, { abortSignal: signal });
  const answer = Payload?.transformToString() ?? '';
  if (FunctionError) throw new Failure(`The drift monitor has failed: ${answer.slice(0, 500)}.`);
  return JSON.parse(answer) as Answer;
}
