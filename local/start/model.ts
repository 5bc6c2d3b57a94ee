import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from './failure.ts';

const patienceMs = 120_000;

/** As many answers in a row from the load balancer come from more than one task. */
const answersInARow = 8;

/**
 * Waits until the model service, asked through its load balancer, serves a version.
 *
 * @throws Failure with the last answer if it does not in two minutes
 */
export async function waitForModel(url: string, version: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + patienceMs;
  let inARow = 0;
  let last = 'no answer';
  while (inARow < answersInARow) {
    signal.throwIfAborted();
    if (Date.now() > deadline) {
      throw new Failure(`The model service at ${url} does not serve ${version}: its last answer was ${last}.`);
    }
    last = await ask(url);
    inARow = last === `ready ${version}` ? inARow + 1 : 0;
    if (inARow === 0) await sleep(250);
  }
}

async function ask(url: string): Promise<string> {
  try {
    const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) });
    if (!answer.ok) return `HTTP ${answer.status}`;
    const { status, modelVersion } = (await answer.json()) as { status: string; modelVersion: string | null };
    return `${status} ${modelVersion}`;
  } catch (error) {
    return (error as Error).message;
  }
}
