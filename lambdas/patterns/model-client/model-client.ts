import * as v from 'valibot';
import type { Score } from '../decision/decision.ts';
import type { Features } from '../features/features.ts';

const answerSchema = v.object({
  probability: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  modelVersion: v.pipe(v.string(), v.minLength(1)),
  reasons: v.array(v.object({ code: v.string(), feature: v.string(), contribution: v.number() })),
});

/** Time and chance, injected so that tests decide them. Milliseconds; chance from 0 up to 1. */
export interface Surroundings {
  now(): number;
  random(): number;
  sleep(milliseconds: number): Promise<void>;
}

export const realSurroundings: Surroundings = {
  now: () => performance.now(),
  random: Math.random,
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

export interface ScoreRequest {
  readonly features: Features;
  /** Reasons are given for a probability from here on. */
  readonly explainAbove: number;
  /** Milliseconds in which an answer is of use, all attempts together. */
  readonly withinMs: number;
}

/** Asks for a score. Never rejects: no answer is an answer, and the ladder goes on below it. */
export type ModelClient = (request: ScoreRequest) => Promise<Score>;

/** Longest that one attempt may take, so that a hanging instance leaves time to ask another. */
const attemptMs = 1_500;
/** Mean pause before the second attempt. */
const pauseMs = 40;
/** Less time than this is not worth an attempt. */
const leastMs = 20;

/**
 * A client of the model service's `POST /score`.
 *
 * A call that got no answer, or 429 or 5xx, is tried once more while time is left: scoring changes nothing, so it
 * may be repeated. What the service says is wrong with the request, or an answer that is not a score, is not retried.
 */
export function modelClient(service: URL, surroundings: Surroundings = realSurroundings): ModelClient {
  const address = new URL(`${service.href.replace(/\/$/, '')}/score`);
  return async ({ features, explainAbove, withinMs }) => {
    const end = surroundings.now() + withinMs;
    const body = JSON.stringify({ features, explainAbove });
    for (let attempt = 0; attempt < 2; attempt++) {
      if (attempt > 0) await surroundings.sleep(pauseMs * 2 * surroundings.random());
      const left = Math.min(end - surroundings.now(), attemptMs);
      if (left < leastMs) break;
      const result = await ask(address, body, left);
      if (result !== 'again') return result;
    }
    return { ok: false, why: 'model-unavailable' };
  };
}

async function ask(address: URL, body: string, withinMs: number): Promise<Score | 'again'> {
  try {
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-deadline-ms': String(Math.floor(withinMs)) },
      body,
      // The features go to the model service and nowhere else.
      redirect: 'error',
      signal: AbortSignal.timeout(Math.ceil(withinMs)),
    });
    const text = await answer.text();
    if (answer.status === 429 || answer.status >= 500) return 'again';
    return answer.ok ? scoreOf(text) : { ok: false, why: 'model-answer-invalid' };
  } catch {
    // No connection, no answer in time, or an answer cut off: all of them mean "no score yet".
    return 'again';
  }
}

function scoreOf(text: string): Score {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), answerSchema), text);
  return parsed.success ? { ok: true, ...parsed.output } : { ok: false, why: 'model-answer-invalid' };
}
