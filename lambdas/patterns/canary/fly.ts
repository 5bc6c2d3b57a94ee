import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { type Deadline, within } from '../resilience/deadline.ts';
import type { Api } from './api.ts';
import { badCanary, badField, goodCanary } from './canary.ts';

/** Pause between two looks for a decision. Milliseconds. */
const pauseMs = 1_000;

const refusal = v.object({ error: v.object({ fields: v.array(v.object({ field: v.string() })) }) });

/** Milliseconds until a good canary was decided, or kept by a mode that says so; undefined if it was not in time. */
export async function decidedAfter(api: Api, withinMs: number, deadline: Deadline): Promise<number | undefined> {
  const { signal, leftMs } = within(deadline, withinMs);
  const begun = Date.now();
  const canary = goodCanary(new Date(begun));
  const { status } = await api('POST', '/canaries', signal, canary);
  if (status !== 202) return undefined;
  while (leftMs() > 0) {
    const answer = await api('GET', `/decisions/${canary.applicationId}`, signal);
    if (answer.status === 200) return Date.now() - begun;
    await sleep(Math.max(0, Math.min(pauseMs, leftMs())));
  }
  return undefined;
}

/** Whether a bad canary is refused for its fault; undefined if the API does not say. */
export async function isRefused(api: Api, { signal }: Deadline): Promise<boolean | undefined> {
  const { status, body } = await api('POST', '/canaries', signal, badCanary(new Date()));
  if (status >= 200 && status < 300) return false;
  if (status !== 400) return undefined;
  const told = v.safeParse(refusal, body);
  return told.success && told.output.error.fields.some(({ field }) => field === badField);
}
