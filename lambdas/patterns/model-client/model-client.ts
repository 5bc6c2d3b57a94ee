import * as v from 'valibot';
import { type Decider, InvalidAnswer, type Scored } from '../decision/ladder.ts';
import { type Deadline, deadlineHeader, within } from '../resilience/deadline.ts';
import { hedge, replaySafe } from '../resilience/hedge.ts';
import { Passing, retrying } from '../resilience/retry.ts';
import type { RetryBudget } from '../resilience/retry-budget.ts';
import { realSurroundings, type Surroundings } from '../resilience/surroundings.ts';

const answerSchema = v.object({
  probability: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  modelVersion: v.pipe(v.string(), v.minLength(1)),
  reasons: v.array(v.object({ code: v.string(), feature: v.string(), contribution: v.number() })),
});

export interface ModelClientOptions {
  readonly service: URL;
  readonly retries: RetryBudget;
  /** What a version of the model was trained on. */
  dataSnapshot(version: string, deadline: Deadline): Promise<string>;
  readonly surroundings?: Surroundings;
}

/** Longest that one attempt may take, so that a hanging instance leaves time to ask another. Milliseconds. */
const attemptMs = 1_000;
/** Attempts, the first included. */
const attempts = 2;
/** Longest wait for what a version was trained on: the score is not held up for it. Milliseconds. */
const snapshotMs = 300;

/**
 * A client of the model service's `POST /score`.
 *
 * Scoring changes nothing, so a call that is late is made a second time and one that failed is made again, within the
 * budgets of both. What the service says is wrong with the request, or an answer that is not a score, is final.
 */
export function modelClient(options: ModelClientOptions): Decider {
  const { service, retries, surroundings = realSurroundings } = options;
  const address = new URL(`${service.href.replace(/\/$/, '')}/score`);
  const hedged = hedge({ surroundings });
  const snapshotOf = rememberedBy(options.dataSnapshot, surroundings.now);
  return async ({ features, explainAbove }, deadline) => {
    const body = JSON.stringify({ features, explainAbove });
    const score = await retrying({ budget: retries, deadline, attempts, surroundings }, () => {
      const attempt = within(deadline, attemptMs, surroundings.now);
      return hedged(
        replaySafe((signal) => ask(address, body, attempt, signal)),
        attempt.signal,
      );
    });
    return { ...score, dataSnapshot: await snapshotOf(score.modelVersion, within(deadline, snapshotMs)) };
  };
}

async function ask(
  address: URL,
  body: string,
  attempt: Deadline,
  signal: AbortSignal,
): Promise<Omit<Scored, 'dataSnapshot'>> {
  const { status, text } = await post(address, body, attempt, signal);
  if (status === 429 || status >= 500) throw new Passing(`the model service answered ${status}`);
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), answerSchema), text);
  if (status !== 200 || !parsed.success) throw new InvalidAnswer(`the model service answered ${status} and no score`);
  return parsed.output;
}

async function post(address: URL, body: string, attempt: Deadline, signal: AbortSignal) {
  try {
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...deadlineHeader(attempt) },
      body,
      // The features go to the model service and nowhere else.
      redirect: 'error',
      signal,
    });
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    // No connection, no answer in time, or an answer cut off: all of them mean "no score yet".
    throw new Passing('the model service gave no answer', { cause: error });
  }
}

/** How long it is taken for unknown what a version was trained on, once it could not be had. Milliseconds. */
const unknownForMs = 60_000;

/** Asks once for each version; what could not be had is asked for again after a while. */
function rememberedBy(
  ask: ModelClientOptions['dataSnapshot'],
  now: () => number,
): (version: string, deadline: Deadline) => Promise<string | null> {
  const known = new Map<string, string>();
  const askAfter = new Map<string, number>();
  return async (version, deadline) => {
    const before = known.get(version);
    if (before !== undefined || now() < (askAfter.get(version) ?? 0)) return before ?? null;
    askAfter.set(version, now() + unknownForMs);
    const found = await ask(version, deadline).catch(() => undefined);
    if (found !== undefined) known.set(version, found);
    return found ?? null;
  };
}
