import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from './failure.ts';
import { request } from './request.ts';

/** What became of the applications that were sent. */
export interface Sent {
  readonly sent: number;
  /** Ids of the accepted ones. */
  readonly accepted: ReadonlySet<string>;
  readonly rejected: number;
  /** Number of rejected applications by the first field at fault and its problem. */
  readonly rejectedByReason: Readonly<Record<string, number>>;
  /** Milliseconds from request to answer, of each accepted application. */
  readonly answerMs: readonly number[];
}

export interface SendOptions {
  /** Address that applications are posted to. */
  readonly url: string;
  /** Requests in flight. @default 8 */
  readonly concurrency?: number;
  readonly signal: AbortSignal;
  /** Called after each answer with the number of applications answered so far. */
  onAnswer?(answered: number): void;
}

interface ErrorBody {
  readonly error?: { readonly code: string; readonly fields?: readonly { field: string; problem: string }[] };
}

const attempts = 4;

/** How the intake answers an application that it does not accept. */
const rejections = new Set([400, 409, 413, 415]);

/**
 * Posts the applications of a file, one JSON document a line, in its order, a few at a time.
 *
 * @throws Failure if the API does not answer an application after several attempts
 */
export async function sendApplications(file: string, options: SendOptions): Promise<Sent> {
  const accepted = new Set<string>();
  const rejectedByReason: Record<string, number> = {};
  const answerMs: number[] = [];
  let sent = 0;
  const lines = createInterface({ input: createReadStream(file) })[Symbol.asyncIterator]();
  const sendNext = async (): Promise<void> => {
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
      const started = performance.now();
      const reason = await post(line.value, options);
      sent += 1;
      if (reason === undefined) {
        accepted.add((JSON.parse(line.value) as { applicationId: string }).applicationId);
        answerMs.push(performance.now() - started);
      } else rejectedByReason[reason] = (rejectedByReason[reason] ?? 0) + 1;
      options.onAnswer?.(sent);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency ?? 8 }, sendNext));
  return { sent, accepted, rejected: sent - accepted.size, rejectedByReason, answerMs };
}

/** @returns the reason of a rejection; undefined if the application was accepted */
async function post(body: string, { url, signal }: SendOptions): Promise<string | undefined> {
  let last = '';
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (attempt > 0) await sleep(200 * 2 ** attempt, undefined, { signal });
    const answer = await answerTo(url, body, signal);
    if (answer.status === 202) return undefined;
    // An earlier attempt got through although its answer did not: the application is in.
    if (answer.status === 409 && attempt > 0) return undefined;
    const reason = rejections.has(answer.status) ? reasonOf(answer.body) : undefined;
    if (reason !== undefined) return reason;
    last = answer.status === 0 ? answer.body : `HTTP ${answer.status} ${answer.body.slice(0, 200)}`;
  }
  throw new Failure(`The API at ${url} has not answered an application in ${attempts} attempts: ${last.trim()}.`);
}

async function answerTo(url: string, body: string, signal: AbortSignal): Promise<{ status: number; body: string }> {
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
    const answer = await request(url, { method: 'POST', body, signal: limited });
    return { status: answer.status, body: await answer.text() };
  } catch (error) {
    signal.throwIfAborted();
    return { status: 0, body: (error as Error).message };
  }
}

/** @returns undefined if it is not the intake that has answered */
function reasonOf(body: string): string | undefined {
  try {
    const { error } = JSON.parse(body) as ErrorBody;
    const first = error?.fields?.[0];
    return first ? `${first.field} ${first.problem}` : error?.code;
  } catch {
    return undefined;
  }
}
