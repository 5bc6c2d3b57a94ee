import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { AuditEntry } from '../../lambdas/patterns/audit/entry.ts';
import type { Decision } from '../../lambdas/patterns/decision/decision.ts';
import type { CaseView, QueueLine } from '../../lambdas/patterns/review/view.ts';
import { readAuditLog } from '../../local/start/audit.ts';
import { connect } from '../../local/start/aws.ts';
import { application } from '../lambdas/support/examples.ts';
import { type Platform, request } from './platform.ts';
import type { Person } from './sign-in.ts';

/** What `GET /applications/{id}` tells. */
export interface Status {
  readonly status: string;
  readonly decision: Decision;
  readonly reviews?: readonly { readonly outcome: string; readonly version: number; readonly reviewers: string[] }[];
}

/** What the API says of what may not be. */
export interface Refusal {
  readonly error: { readonly code: string };
}

/** Looks until something is there; the limit is for what never comes. */
export async function eventually<Result>(what: string, look: () => Promise<Result | undefined>): Promise<Result> {
  const end = Date.now() + 300_000;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(200);
  }
  throw new Error(`${what} did not come about`);
}

/** Sends an application to the API. */
export async function apply({ report }: Platform, applicationId: string): Promise<void> {
  const body = JSON.stringify(application({ applicationId }));
  expect((await request(`${report.addresses.api}/applications`, { method: 'POST', body })).status).toBe(202);
}

/** What became of an application: an outcome, `kept`, or undefined while nothing is known. */
export async function outcomeOf({ report }: Platform, applicationId: string): Promise<string | undefined> {
  const answer = await request(`${report.addresses.api}/decisions/${applicationId}`);
  return answer.status === 200 ? ((await answer.json()) as { outcome: string }).outcome : undefined;
}

/** Applies until a stop has reached the instance that decides. @returns the application that was kept */
export async function keptApplication(platform: Platform, prefix: string): Promise<string> {
  for (let number = 1; ; number++) {
    const id = `${prefix}-${number}`;
    await apply(platform, id);
    if ((await eventually(`what became of ${id}`, () => outcomeOf(platform, id))) === 'kept') return id;
    await sleep(1_000);
  }
}

export async function statusOf({ report }: Platform, id: string): Promise<Status> {
  return (await (await request(`${report.addresses.api}/applications/${id}`)).json()) as Status;
}

/** The status of an application when a person has decided on it. */
export function reviewed(platform: Platform, id: string): Promise<Status> {
  return eventually(`the review of ${id}`, async () => {
    const status = await statusOf(platform, id);
    return status.reviews ? status : undefined;
  });
}

/** The whole audit log, which is verified on the way. */
export function auditLog({ report, outputs }: Platform): Promise<readonly AuditEntry[]> {
  const output = (name: string) => outputs[name] as string;
  const places = {
    auditBucket: output('AuditBucketName'),
    auditSubjectKeys: output('AuditSubjectKeysName'),
    auditWrappingKey: output('AuditWrappingKeyId'),
    auditSigningKey: output('AuditSigningKeyId'),
    auditOrigin: output('AuditOrigin'),
  };
  return readAuditLog(connect(report.addresses.cloud), places, AbortSignal.timeout(60_000));
}

/** The entries about a case in the audit log, when there are any. */
export function auditEntries(platform: Platform, caseId: string): Promise<readonly AuditEntry[]> {
  return eventually(`the audit entry of ${caseId}`, async () => {
    const found = (await auditLog(platform)).filter(({ id, type }) => id === caseId && type !== 'decision');
    return found.length > 0 ? found : undefined;
  });
}

/** A case in somebody's queue. */
export async function waiting(person: Person, wanted: (line: QueueLine) => boolean): Promise<QueueLine> {
  const { body } = await person.get<{ cases: readonly QueueLine[] }>('/reviews');
  const found = body.cases.find(wanted);
  if (!found) throw new Error('the sample of loans has no such case any more: choose another one');
  return found;
}

/** An application's own case, which one reviewer may decide now. */
export const isSmall = ({ eyes, held, barred, referredFor }: QueueLine): boolean =>
  eyes === 1 && held === 'nobody' && barred === null && !referredFor.includes('contested');

export const take = async (person: Person, caseId: string): Promise<CaseView> =>
  (await person.send<CaseView>('POST', `/reviews/${caseId}/claim`)).body;

export const decide = (person: Person, { caseId, approval }: CaseView, verdict: string) =>
  person.send<CaseView & Refusal>('POST', `/reviews/${caseId}/verdict`, {
    verdict,
    approval,
    code: 'documents-support',
    note: 'Zebedee has shown the papers',
  });
