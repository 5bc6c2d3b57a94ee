import { SFNClient } from '@aws-sdk/client-sfn';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Deadline } from '../../lambdas/patterns/resilience/deadline.ts';
import type { ReviewCase } from '../../lambdas/patterns/review/case.ts';
import { newCase } from '../../lambdas/patterns/review/new-case.ts';
import { dynamoCases } from '../../lambdas/patterns/review/store.ts';
import type { CaseView } from '../../lambdas/patterns/review/view.ts';
import { startWorkflow } from '../../lambdas/patterns/review/workflow.ts';
import { reviewSettings } from '../../lib/oversight/review-rules.ts';
import { connect, credentials, region } from '../../local/start/aws.ts';
import { people } from '../../local/start/learn.ts';
import { application } from '../lambdas/support/examples.ts';
import { type Platform, request, startPlatform } from './platform.ts';
import { type Person, signIn } from './sign-in.ts';
import { auditEntries, decide, eventually, isSmall, type Refusal, reviewed, statusOf, take, waiting } from './steps.ts';

let platform: Platform;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  platform = await startPlatform(200);
  const { reviewing } = platform.report;
  [ada, ben] = await Promise.all([signIn(reviewing, 'reviewer'), signIn(reviewing, 'second-reviewer')]);
});
afterAll(() => platform?.interrupt());

/** What a session in a role signs with: its name is the person's. */
async function sessionOf(person: string) {
  const sts = new STSClient({ endpoint: platform.report.addresses.cloud, region, credentials });
  const RoleArn = platform.outputs['TrainersRoleArn'];
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: person }));
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

describe('a referred application', () => {
  test('waits for people: a referral that nobody has decided yet is still referred', async () => {
    const { caseId } = await waiting(ada, ({ referredFor }) => referredFor.includes('near-threshold'));
    expect(await statusOf(platform, caseId)).toMatchObject({ status: 'referred' });
  });

  test('is decided by whoever holds it: the verdict holds, the model’s stays on record, the audit trail has it', async () => {
    const { caseId } = await waiting(ada, isSmall);
    const first = (await statusOf(platform, caseId)).decision;
    const held = await take(ada, caseId);
    expect(held).toMatchObject({ held: 'you', decision: first });
    expect((await ben.send<Refusal>('POST', `/reviews/${caseId}/claim`)).body.error.code).toBe('claimed');

    expect(await decide(ada, held, 'approve')).toMatchObject({ status: 200, body: { state: 'decided' } });
    const after = await reviewed(platform, caseId);
    expect(after).toMatchObject({
      status: 'approved',
      decision: first,
      reviews: [{ outcome: 'approved', version: 2 }],
    });
    expect((await decide(ada, held, 'approve')).body.error.code).toBe('decided');

    const entries = await auditEntries(platform, caseId);
    expect(entries).toContainEqual(expect.objectContaining({ type: 'review', caseId, outcome: 'approved' }));
    expect(JSON.stringify([entries, after])).not.toContain('Zebedee');
  });

  test('of a large amount takes two people who agree', async () => {
    const { caseId } = await waiting(ada, ({ eyes, held }) => eyes === 2 && held === 'nobody');
    const first = await take(ada, caseId);
    await decide(ada, first, 'decline');
    expect((await ada.send<Refusal>('POST', `/reviews/${caseId}/claim`)).body.error.code).toBe('same-eyes');
    expect(JSON.stringify(await ben.get(`/reviews/${caseId}`))).not.toContain('"verdict":"decline"');
    await decide(ben, await take(ben, caseId), 'decline');
    const { status, reviews } = await reviewed(platform, caseId);
    expect(status).toBe('declined');
    expect(reviews?.[0]?.reviewers).toHaveLength(2);
  });

  test('goes up the ladder, out of reach of who sent it', async () => {
    const { caseId } = await waiting(ada, isSmall);
    const { approval } = await take(ada, caseId);
    const up = await ada.send('POST', `/reviews/${caseId}/referral`, { approval, code: 'other', note: '' });
    expect(up).toMatchObject({ status: 200, body: { level: 1, barred: 'rung' } });
    const sam = await signIn(platform.report.reviewing, 'senior-reviewer');
    await decide(sam, await take(sam, caseId), 'decline');
    expect(await reviewed(platform, caseId)).toMatchObject({ status: 'declined' });
  });

  test('is out of reach of who sent it, and of who trained or approved its model', async () => {
    const caseId = 'sent-by-a-reviewer';
    const signedBy = await sessionOf('reviewer');
    const body = JSON.stringify(application({ applicationId: caseId, requestedAmount: 1_000_000 }));
    const { api, cloud } = platform.report.addresses;
    expect((await request(`${api}/applications`, { method: 'POST', body, signedBy })).status).toBe(202);
    const seenByBen = await eventually('its case', async () => {
      const { status, body: view } = await ben.get<CaseView>(`/reviews/${caseId}`);
      return status === 200 ? view : undefined;
    });
    expect(seenByBen.barred).toBeNull();
    expect(await ada.send('POST', `/reviews/${caseId}/claim`)).toMatchObject({
      status: 403,
      body: { error: { code: 'has-a-part', message: expect.stringContaining('leave the case to somebody else') } },
    });
    const cases = dynamoCases(connect(cloud).dynamo, platform.outputs['CasesTableName'] as string);
    const stored = await cases.read(caseId, { leftMs: () => 60_000, signal: AbortSignal.timeout(60_000) });
    const names = stored?.reviewed.barred.map((id) => id.split(':').at(-1));
    expect(names).toEqual(['reviewer', people.trainer, people.approver]);
  });

  test('is open to reviewers alone', async () => {
    const officer = await signIn(platform.report.reviewing, 'risk-officer');
    expect(await officer.get('/reviews')).toMatchObject({ status: 403, body: { error: { code: 'not-a-reviewer' } } });
    const { address } = platform.report.reviewing;
    expect((await fetch(new URL('/api/reviews', address))).status).toBe(401);
    const forged = { authorization: `Bearer ${'x'.repeat(20)}.${'x'.repeat(20)}.${'x'.repeat(20)}` };
    expect((await fetch(new URL('/api/reviews', address), { headers: forged })).status).toBe(401);
  });

  test('can be inserted again with a known verdict, which touches no application', async () => {
    const officer = await signIn(platform.report.reviewing, 'risk-officer');
    const { caseId } = await waiting(ada, isSmall);
    const closed = await take(ada, caseId);
    await decide(ada, closed, 'decline');
    await reviewed(platform, caseId);
    const known = { caseId, verdict: 'decline' };
    const inserted = await eventually('the closed case', async () => {
      const { status, body } = await officer.send<{ caseId: string }>('POST', '/known-cases', known);
      return status === 200 ? body.caseId : undefined;
    });
    expect(await ben.send('POST', '/known-cases', known)).toMatchObject({ status: 403 });
    const looked = await take(ben, inserted);
    // Neither the right verdict nor the case that it was made of is shown.
    expect(Object.keys(looked)).not.toContain('known');
    expect(looked.similar.map((similar) => similar.caseId)).not.toContain(caseId);
    await decide(ben, looked, 'approve');
    await eventually('the end of the inserted case', async () =>
      (await ben.get<CaseView>(`/reviews/${inserted}`)).body.state === 'closed' ? true : undefined,
    );
    expect((await request(`${platform.report.addresses.api}/applications/${inserted}`)).status).toBe(404);
  });
});

describe('a decision that is contested', () => {
  const contest = (id: string, body: object) =>
    request(`${platform.report.addresses.api}/decisions/${id}/contest`, { method: 'POST', body: JSON.stringify(body) });

  test('goes to a person who had no part in it, with what the applicant says, and can be changed', async () => {
    const { caseId: applicationId } = await waiting(ada, isSmall);
    await decide(ada, await take(ada, applicationId), 'decline');
    await reviewed(platform, applicationId);
    const answer = await contest(applicationId, { statement: 'The figures of last year were not mine.' });
    expect(answer.status).toBe(202);
    const { caseId } = (await answer.json()) as { caseId: string };
    expect((await ada.get<CaseView>(`/reviews/${caseId}`)).body.barred).toBe('has-a-part');
    const held = await take(ben, caseId);
    expect(held.steps).toMatchObject([{ kind: 'contested', note: 'The figures of last year were not mine.' }]);
    await decide(ben, held, 'approve');
    const after = await eventually('the third version', async () => {
      const found = await statusOf(platform, applicationId);
      return found.reviews?.length === 2 ? found : undefined;
    });
    expect(after).toMatchObject({ status: 'approved', reviews: [{ outcome: 'declined' }, { version: 3 }] });
  });

  test('must have been made, and a statement be given', async () => {
    expect((await contest('never-seen', { statement: '' })).status).toBe(404);
    expect((await contest('never-seen', { words: 1 })).status).toBe(400);
  });
});

describe('a case that nobody decides', () => {
  const any: Deadline = { leftMs: () => 60_000, signal: AbortSignal.timeout(600_000) };

  /** Opens a case as it would be if it had been opened some hours ago, and starts its workflow. */
  async function openedAgo(hours: number): Promise<ReviewCase> {
    const endpoint = platform.report.addresses.cloud;
    const { caseId: applicationId } = await waiting(ada, isSmall);
    await decide(ada, await take(ada, applicationId), 'approve');
    const { decision } = await reviewed(platform, applicationId);
    const opening = {
      caseId: `${applicationId}-contest-${hours}`,
      decision,
      referredFor: ['contested'],
      barred: [],
    } as const;
    const opened = newCase(opening, new Date(Date.now() - hours * 3_600_000), reviewSettings({}).review);
    const cases = dynamoCases(connect(endpoint).dynamo, platform.outputs['CasesTableName'] as string);
    await cases.create(opened, any);
    const sfn = new SFNClient({ endpoint, region, credentials });
    await startWorkflow(sfn, platform.outputs['ReviewWorkflowArn'] as string)(opened.caseId, any);
    return opened;
  }

  test('goes to the next rung when the first has had its time', async () => {
    const { caseId } = await openedAgo(5);
    const { body } = await eventually('the next rung', async () => {
      const found = await ada.get<CaseView>(`/reviews/${caseId}`);
      return found.body.level === 1 ? found : undefined;
    });
    expect(body).toMatchObject({ state: 'waiting', barred: 'rung', priority: 3 });
  });

  test('is declined when the last rung has had its time, and the audit log says that nobody decided', async () => {
    const { caseId, applicationId } = await openedAgo(25);
    const { status, reviews } = await eventually('the expiry', async () => {
      const found = await statusOf(platform, applicationId);
      return found.reviews?.length === 2 ? found : undefined;
    });
    expect(status).toBe('declined');
    expect(reviews).toMatchObject([{ outcome: 'approved' }, { outcome: 'declined', rung: 'expiry', reviewers: [] }]);
    const entries = await auditEntries(platform, caseId);
    expect(entries).toContainEqual(expect.objectContaining({ type: 'review', by: 'expiry', outcome: 'declined' }));
  });
});
